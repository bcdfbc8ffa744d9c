/**
 * The types of an entity's key, and how a segment's members are stored by it (`sluice_state.segment_members`). Pure.
 *
 * A UUID has a column of its own, every other key is stored as text. With texts for all, the diff and the publication of 1,000,000 UUIDs
 * took two to four times as long (docs/benchmarks.md).
 */
import { unwrap } from '../sql/column-type.ts';

export interface KeyType {
  /** ClickHouse type without `Nullable`: a member always has a key. */
  readonly type: string;
  /** The column that stores it. */
  readonly column: 'member_uuid' | 'member_text';
  /** SQL over rows of members: the stored key, to be compared with `kept`. */
  readonly stored: string;
  /** SQL over rows of members: the key in its own type. An error, never another value, when it does not fit that type. */
  readonly own: string;
  /** SQL of the key `sql` in its stored form; null when the row has none. */
  kept(sql: string): string;
  /** SQL of whether a row has a key; undefined when every row has one. Null and the empty text are not keys. */
  hasKey(sql: string): string | undefined;
}

/** Whole numbers, texts and dates: types in which each value has exactly one text. */
const TEXT_KEYS = /^(String|FixedString\(\d+\)|U?Int(8|16|32|64|128|256)|Date|Date32)$/;

/** @returns undefined for a type that cannot be a key: floats, lists, tuples, moments, … */
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
      // The second case is a version that was published while the key was a text.
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
    // Members of a version that was published while the key was a UUID are the texts of those UUIDs.
    stored: 'member_id',
    own: `accurateCast(member_text, '${type}')`,
    // A text of fixed length, without the NULs that fill it up.
    kept: (sql) => (inner === 'String' ? sql : `toString(${sql})`),
    hasKey: (sql) => [...present(sql), ...(isText ? [`${sql} != ''`] : [])].join(' and ') || undefined,
  };
}

/** The key of an entity of the catalogue, which refuses every other type. */
export function keyTypeOf({ name, keyType }: { readonly name: string; readonly keyType: string }): KeyType {
  const key = readKeyType(keyType);
  if (key === undefined) throw new Error(`the entity ${name} has a key of the type ${keyType}`);
  return key;
}
