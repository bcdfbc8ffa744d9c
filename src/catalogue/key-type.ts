/**
 * What the key of an entity is, and how the members of a segment are kept by it (`sluice_state.segment_members`). Pure.
 *
 * A UUID has a column of its own, everything else is kept as the text that it prints: with texts for all, the diff and the publication of
 * 1,000,000 UUIDs took two to four times as long (docs/benchmarks.md).
 */

export interface KeyType {
  /** ClickHouse's name of it without `Nullable`: a member always has a key. */
  readonly type: string;
  /** The column that keeps it. */
  readonly column: 'member_uuid' | 'member_text';
  /** Over rows of members: the kept key, to be compared with `kept`. */
  readonly stored: string;
  /** Over rows of members: the key in its own type. An error, and never another value, where it is none of that type. */
  readonly own: string;
  /** The key `sql` as it is kept; null where the row has none. */
  kept(sql: string): string;
  /** Whether a row has a key; undefined where every row has one. Null and the empty text are no key: such a row is nobody. */
  hasKey(sql: string): string | undefined;
}

/** Whole numbers, texts and dates: what prints as one text for one value. */
const TEXT_KEYS = /^(String|FixedString\(\d+\)|U?Int(8|16|32|64|128|256)|Date|Date32)$/;

/** @returns undefined for a type by which nothing can be named: floats, lists, tuples, moments, … */
export function readKeyType(declared: string): KeyType | undefined {
  const withoutLow = unwrap(declared.trim(), 'LowCardinality');
  const inner = unwrap(withoutLow, 'Nullable');
  const isNullable = inner !== withoutLow;
  const type = withoutLow === declared.trim() ? inner : `LowCardinality(${inner})`;
  const present = (sql: string) => (isNullable ? [`${sql} is not null`] : []);
  if (inner === 'UUID') {
    return {
      type,
      column: 'member_uuid',
      // The second case is of a version that was published while the key was a text.
      stored: "if(member_text = '', member_uuid, toUUIDOrZero(member_text))",
      own: 'member_uuid',
      kept: (sql) => sql,
      hasKey: (sql) => present(sql)[0],
    };
  }
  if (!TEXT_KEYS.test(inner)) return undefined;
  const isText = inner === 'String' || inner.startsWith('FixedString(');
  return {
    type,
    column: 'member_text',
    // Members of a version that was published while the key was a UUID are the texts that these print.
    stored: 'member_id',
    own: `accurateCast(member_text, '${type}')`,
    // Of a text of fixed length, without the NULs that fill it up.
    kept: (sql) => (inner === 'String' ? sql : `toString(${sql})`),
    hasKey: (sql) => [...present(sql), ...(isText ? [`${sql} != ''`] : [])].join(' and ') || undefined,
  };
}

/** Of an entity of the catalogue, which refuses every other type. */
export function keyTypeOf({ name, keyType }: { readonly name: string; readonly keyType: string }): KeyType {
  const key = readKeyType(keyType);
  if (key === undefined) throw new Error(`the entity ${name} has a key of the type ${keyType}`);
  return key;
}

/** Without `LowCardinality` and `Nullable`. */
export const bareType = (type: string): string => unwrap(unwrap(type.trim(), 'LowCardinality'), 'Nullable');

function unwrap(type: string, wrapper: string): string {
  return type.startsWith(`${wrapper}(`) && type.endsWith(')') ? type.slice(wrapper.length + 1, -1).trim() : type;
}
