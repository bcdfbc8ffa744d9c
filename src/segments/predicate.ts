/**
 * A condition in SQL that knows how its outermost operator binds. Brackets are never decided by searching the SQL text: a name from
 * the catalogue may hold ` or ` or a bracket. Pure.
 */

export interface Predicate {
  readonly sql: string;
  /** `tight`: needs no brackets beside any operator. */
  readonly binds: 'tight' | 'and' | 'or';
}

/** A predicate, or a constant: a count is never 2.5 and always less than 10^30. */
export type Condition = Predicate | boolean;

export const tight = (sql: string): Predicate => ({ sql, binds: 'tight' });

/** As an operand of any operator. */
export const operand = ({ sql, binds }: Predicate): string => (binds === 'tight' ? sql : `(${sql})`);

/** In one line. One predicate alone stays as it is; each of several becomes an operand. At least one. */
export const both = (predicates: readonly Predicate[]): Predicate => join(predicates, 'and', ' ');
export const either = (predicates: readonly Predicate[]): Predicate => join(predicates, 'or', ' ');

/** The same with a line for each. */
export const group = (kind: 'all' | 'any', predicates: readonly Predicate[]): Predicate =>
  join(predicates, kind === 'all' ? 'and' : 'or', '\n  ');

export const not = (predicate: Predicate): Predicate => tight(`not ${operand(predicate)}`);

/** Never null: unknown counts as false. */
export const known = ({ sql }: Predicate): Predicate => tight(`ifNull(${sql}, false)`);

function join(predicates: readonly Predicate[], operator: 'and' | 'or', space: string): Predicate {
  const [first, ...others] = predicates;
  if (first === undefined) throw new Error('a condition that is made of none');
  return others.length === 0 ? first : { sql: predicates.map(operand).join(`${space}${operator} `), binds: operator };
}
