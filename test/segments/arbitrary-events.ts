/** Random measures of events, and filters of the clock and of columns. */
import fc from 'fast-check';
import { comparableWindows } from './arbitrary-windows.ts';
import { EXACT, from, NUMBERS } from './pools.ts';

const COMPARISONS = ['eq', 'gte', 'lte', 'gt', 'lt'] as const;
const WHOLE = fc.nat({ max: 4 });
const pair = <T>(values: fc.Arbitrary<T>, order: (a: T, b: T) => number) => fc.tuple(values, values).map((two) => [...two].sort(order));

const countOperators = fc.oneof(
  ...COMPARISONS.map((name) => WHOLE.map((times): object => ({ [name]: name === 'lt' ? times + 1 : times }))),
  pair(WHOLE, (a, b) => a - b).map((between): object => ({ between })),
);
/** Of values that occur: at least once. */
const repeatOperators = fc.oneof(
  ...COMPARISONS.map((name) => fc.integer({ min: name === 'lt' ? 2 : 1, max: 4 }).map((times): object => ({ [name]: times }))),
  pair(fc.integer({ min: 1, max: 4 }), (a, b) => a - b).map((between): object => ({ between })),
);
const SMALL = [-1, 0, 1, 2.5, 20, 99.99, 100, 250];
const amounts = fc.oneof(
  { weight: 3, arbitrary: from<number | string>([...SMALL, ...NUMBERS]) },
  { weight: 1, arbitrary: from<number | string>(EXACT) },
);
const amountOperators = fc.oneof(
  { weight: 5, arbitrary: fc.oneof(...COMPARISONS.map((name) => amounts.map((amount): object => ({ [name]: amount })))) },
  { weight: 1, arbitrary: pair(from(SMALL), (a, b) => a - b).map((between): object => ({ between })) },
);

const otherWindow = fc.record(
  {
    times: from<number | string>([0.5, 1, 2, '0.25', '1.50']),
    of: fc.record({ during: comparableWindows, per: from([1, 2, 3]) }, { requiredKeys: ['during'] }),
  },
  { requiredKeys: ['of'] },
);
const compared = fc.tuple(from(COMPARISONS), otherWindow).map(([name, other]): object => ({ [name]: other }));

export const clockFilters = fc.oneof(
  ...(['gte', 'lte', 'gt', 'lt'] as const).map((name) =>
    from([name === 'lt' ? 23 : 0, 1, 12, 22]).map((hour): object => ({ hour: { [name]: hour } })),
  ),
  fc.uniqueArray(from([0, 1, 2, 3, 12, 21, 22, 23]), { minLength: 1, maxLength: 4 }).map((is): object => ({ hour: { is } })),
  fc.tuple(from([1, 11, 22]), from([2, 5, 12, 23])).map((between): object => ({ hour: { between } })),
);
export const dayFilters = fc.oneof(
  from(['sat', 'sun', 'mon']).map((weekday): object => ({ weekday })),
  fc.uniqueArray(from(['mon', 'tue', 'fri', 'sat', 'sun']), { minLength: 1, maxLength: 3 }).map((weekday): object => ({ weekday })),
);
export const sourceFilters = fc.oneof(
  from(['web', 'app', 'none']).map((is): object => ({ column: 'source', is })),
  from(['exists', 'missing']).map((name): object => ({ column: 'source', [name]: true })),
);

interface Pool {
  /** Names of what is measured as a number, and as any value. */
  readonly numbers: readonly string[];
  readonly values: readonly string[];
  readonly filters: fc.Arbitrary<object>;
  /** Names that the first or last event may have. */
  readonly names: (node: { event: unknown }) => readonly string[];
}

/** An event node with a measure in place of its count. */
export function measured(nodes: fc.Arbitrary<object>, { numbers, values, filters, names }: Pool): fc.Arbitrary<object> {
  const subject = (pool: readonly string[], operators: fc.Arbitrary<object>) =>
    fc.tuple(from(pool), operators).map(([property, operator]): object => ({ property, ...operator }));
  const aggregates = from(['sum', 'avg', 'min', 'max']);
  const own = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(aggregates, subject(numbers, amountOperators)).map(([is, asked]): object => ({ [is]: asked })) },
    { weight: 1, arbitrary: subject(values, countOperators).map((distinct): object => ({ distinct })) },
    { weight: 1, arbitrary: subject(values, repeatOperators).map((repeats): object => ({ repeats })) },
  );
  const againstOther = fc.oneof(
    compared.map((count): object => ({ count })),
    fc.tuple(aggregates, subject(numbers, compared)).map(([is, asked]): object => ({ [is]: asked })),
  );
  const without = ({ count: _, ...node }: { count?: unknown }) => node;
  return nodes.chain((node) => {
    const pool = names(node as { event: unknown });
    const edge = fc.oneof(
      from(pool).map((event): object => ({ event })),
      fc.array(filters, { minLength: 1, maxLength: 2 }).map((where): object => ({ where })),
      fc.tuple(from(pool), filters).map(([event, filter]): object => ({ event, where: [filter] })),
    );
    const edges = fc.tuple(from(['first', 'last']), edge).map(([is, asked]): object => ({ [is]: asked }));
    return fc.oneof(
      { weight: 3, arbitrary: own.map((measure): object => ({ ...without(node), ...measure })) },
      { weight: 2, arbitrary: edges.map((measure): object => ({ ...without(node), ...measure })) },
      {
        weight: 1,
        arbitrary: fc.tuple(againstOther, comparableWindows).map(([measure, during]): object => ({ ...without(node), during, ...measure })),
      },
    );
  });
}
