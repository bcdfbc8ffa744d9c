/** The values of a compiled segment: they are sent beside the SQL as `{p0:Type}` and never in it. Pure. */
import type { Living } from './living.ts';

export type ParameterValue = string | number | boolean | readonly string[];

/** A parameter is sent as one form field, of which ClickHouse takes 128 KiB (http_max_field_value_size, which no request can raise). */
const MAX_FIELD_BYTES = 100_000;
/**
 * ClickHouse takes 1,000 form fields (http_max_fields, which no request can raise either). After this number of single values, values of
 * one type share a field: `{p300:Array(String)}[1]`.
 */
const MAX_SINGLE = 300;
/** Limit for all fields; the client adds a few of its own. */
export const MAX_FIELDS = 900;

/** Values of one type in one field, as ClickHouse writes a list. */
interface Pack {
  readonly field: number;
  readonly type: string;
  readonly values: string[];
  bytes: number;
}

export class Parameters {
  readonly #fields: (ParameterValue | Pack)[] = [];
  readonly #placeholders = new Map<string, string>();
  /** The field that is being filled, by type. */
  readonly #packs = new Map<string, Pack>();

  /**
   * Returns the placeholder to write; equal values of one type share it. `type` is ours, never from a document. `_living`: how a value that moves
   * with `as_of` does; a parameter is of one moment.
   */
  add(type: string, value: ParameterValue, _living?: Living): string {
    const key = JSON.stringify([type, value]);
    const known = this.#placeholders.get(key);
    if (known !== undefined) return known;
    const isList = type.startsWith('Array(');
    const placeholder = isList || this.#fields.length < MAX_SINGLE ? this.#field(type, value) : this.#packed(type, String(value));
    this.#placeholders.set(key, placeholder);
    return placeholder;
  }

  /** The placeholders of a list, split so that each part fits into a field. Numbers are given as text. */
  addLists(type: string, values: readonly (string | boolean)[]): string[] {
    const parts: string[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const value of values) {
      const size = sizeOf(String(value));
      if (bytes + size > MAX_FIELD_BYTES) {
        parts.push([]);
        bytes = 0;
      }
      parts.at(-1)?.push(String(value));
      bytes += size;
    }
    return parts.map((part) => this.add(`Array(${type})`, listOf(type, part)));
  }

  toObject(): Record<string, ParameterValue> {
    return Object.fromEntries(this.#fields.map((field, index) => [`p${index}`, isPack(field) ? listOf(field.type, field.values) : field]));
  }

  #field(type: string, value: ParameterValue | Pack): string {
    this.#fields.push(value);
    return `{p${this.#fields.length - 1}:${type}}`;
  }

  #packed(type: string, value: string): string {
    let pack = this.#packs.get(type);
    if (pack === undefined || pack.bytes + sizeOf(value) > MAX_FIELD_BYTES) {
      pack = { field: this.#fields.length, type, values: [], bytes: 0 };
      this.#packs.set(type, pack);
      this.#field(`Array(${type})`, pack);
    }
    pack.values.push(value);
    pack.bytes += sizeOf(value);
    return `{p${pack.field}:Array(${type})}[${pack.values.length}]`;
  }
}

const isPack = (field: ParameterValue | Pack): field is Pack => typeof field === 'object' && 'field' in field;

/** Length with its quotes and the client's escapes. */
const sizeOf = (value: string) => Buffer.byteLength(value) + 3 + (value.match(/[\\'\t\n\r\0]/g)?.length ?? 0);

/**
 * The client quotes and escapes texts and times. It would quote numbers too, which ClickHouse then refuses, so numbers are written here.
 */
function listOf(type: string, values: readonly string[]): ParameterValue {
  return /^(String|Date)/.test(type) ? values : `[${values.join(',')}]`;
}

export const subquery = (sql: string) => `(\n${sql.replace(/^/gm, '    ')}\n)`;
