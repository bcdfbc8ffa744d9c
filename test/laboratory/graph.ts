/** The identity graph in the terms of its models: rows of evidence, rules of an entity, decisions of people, and a partition as the result. */

/** The number of an identifier: a hash of its entity, type and value. */
export type Node = bigint;

export type EvidenceRule = 'manual' | 'declared' | 'probabilistic' | 'sighting';

/** Smaller is stronger, as in `identity_edges.rule_priority`. */
export const RULE_PRIORITY: Readonly<Record<EvidenceRule, number>> = { manual: 1, declared: 2, probabilistic: 3, sighting: 4 };

/** A row of `identity_edges`: two identifiers that one rule and one source say belong together; `a` equals `b` for one seen alone. */
export interface EdgeRow {
  readonly a: Node;
  readonly b: Node;
  readonly typeA: number;
  readonly typeB: number;
  readonly rule: EvidenceRule;
  readonly source: string;
  /** Milliseconds since 1970; null when the source has no time. */
  readonly firstSeenAt: number | null;
  readonly lastSeenAt: number | null;
  readonly seenCount: number;
}

export interface Decisions {
  readonly neverLink: readonly (readonly [Node, Node])[];
  readonly neverUse: readonly Node[];
}

export const NO_DECISIONS: Decisions = { neverLink: [], neverUse: [] };

export interface Cap {
  /** Name of the type whose values are counted. */
  readonly type: string;
  readonly max: number;
  /** Absent: ever. */
  readonly withinDays?: number;
}

export interface Limit {
  readonly max: number;
  readonly withinDays?: number;
  readonly onExcess: 'split' | 'detach' | 'isolate';
}

export interface TypeRules {
  readonly name: string;
  readonly limit?: Limit;
  readonly caps?: readonly Cap[];
}

/** SQL of (x, y, type_x, type_y, draw): two identifiers with their type numbers, and a number of the row that decides when it was seen. */
export type EdgeSource = string;

export interface EntityRules {
  readonly onConflict: 'last' | 'first' | 'isolate';
  readonly survivor: 'oldest' | 'largest';
  readonly maxSize: number;
  readonly maxGrowth: number;
  readonly minSightings: number;
  /** Strongest first: the number of a type is its place, from 1. */
  readonly types: readonly TypeRules[];
}

/** What dbt_project.yml says of persons apart from their types. */
export const SHIPPED_RULES: Omit<EntityRules, 'types'> = {
  onConflict: 'last',
  survivor: 'oldest',
  maxSize: 1_000,
  maxGrowth: 500,
  minSightings: 2,
};

/** Each identifier with the name of its group; which name means nothing. */
export type Partition<Label = unknown> = ReadonlyMap<Node, Label>;

export const DAY_MS = 86_400_000;

/** A type by its number. @throws RangeError when the rules have none of that number. */
export function typeOf(rules: EntityRules, number: number): TypeRules {
  const type = rules.types[number - 1];
  if (!type) throw new RangeError(`there is no identifier type ${number}`);
  return type;
}

export function numberOf(rules: EntityRules, name: string): number {
  const place = rules.types.findIndex((type) => type.name === name);
  if (place < 0) throw new RangeError(`there is no identifier type ${name}`);
  return place + 1;
}

/** -1, 0 or 1 by the first difference. Numbers and bigints may be mixed place by place, not within one place. */
export function compare(left: readonly (number | bigint)[], right: readonly (number | bigint)[]): number {
  for (const [place, value] of left.entries()) {
    const other = right[place];
    if (other === undefined || value === other) continue;
    return value < other ? -1 : 1;
  }
  return 0;
}
