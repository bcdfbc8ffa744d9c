/** A set of records of which it is known who is the same person: what record linkage is measured on. */

/** What `meta.sluice.match` may say of a column (docs/matching.md). */
export const MATCH_KINDS = [
  'first_name',
  'last_name',
  'full_name',
  'birth_date',
  'gender',
  'email',
  'phone',
  'national_id',
  'street_number',
  'address',
  'address_2',
  'city',
  'postcode',
  'region',
  'country',
] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

export interface LinkageRecord {
  readonly id: string;
  /** Who it is: for measuring only, never loaded into the warehouse. */
  readonly person: string;
  /** '' for an unknown value. */
  readonly values: Readonly<Partial<Record<MatchKind, string>>>;
}

export interface LinkageSet {
  readonly name: string;
  readonly kinds: readonly MatchKind[];
  readonly records: readonly LinkageRecord[];
}

/** The same records, one field fewer. */
export function without(set: LinkageSet, kind: MatchKind): LinkageSet {
  return { ...set, name: `${set.name}, no ${kind}`, kinds: set.kinds.filter((other) => other !== kind) };
}
