/** The values of a compiled segment: they travel beside the SQL as `{p0:Type}` and never in it. Pure. */

export type ParameterValue = string | number | boolean | readonly (string | number)[];

const MAX_LIST_BYTES = 100_000;

export class Parameters {
  readonly #values: ParameterValue[] = [];
  readonly #placeholders = new Map<string, string>();

  /** The placeholder to write; equal values of one type share it. `type` is ours, never from a document. */
  add(type: string, value: ParameterValue): string {
    const key = JSON.stringify([type, value]);
    const known = this.#placeholders.get(key);
    if (known !== undefined) return known;
    const placeholder = `{p${this.#values.length}:${type}}`;
    this.#values.push(value);
    this.#placeholders.set(key, placeholder);
    return placeholder;
  }

  /**
   * The placeholders of a list, in as many parts as fit: a parameter travels as one form field, of which ClickHouse takes 128 KiB
   * (http_max_field_value_size, which no request may raise). Numbers and dates are given as text: they stand in the list without quotes.
   */
  addLists(type: string, values: readonly (string | boolean)[]): string[] {
    const parts: (string | boolean)[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const value of values) {
      const size = Buffer.byteLength(JSON.stringify(value)) + 2;
      if (bytes + size > MAX_LIST_BYTES) {
        parts.push([]);
        bytes = 0;
      }
      parts.at(-1)?.push(value);
      bytes += size;
    }
    const isQuoted = type === 'String';
    return parts.map((part) => this.add(`Array(${type})`, isQuoted ? (part as string[]) : `[${part.join(',')}]`));
  }

  toObject(): Record<string, ParameterValue> {
    return Object.fromEntries(this.#values.map((value, index) => [`p${index}`, value]));
  }
}

/** Column and table names come from the catalogue, JSON paths from a checked pattern; quoting them all the same costs nothing. */
export function quoted(identifier: string): string {
  return `\`${identifier.replace(/[\\`]/g, (character) => `\\${character}`)}\``;
}

export const qualified = (name: { readonly database: string; readonly table: string }) => `${quoted(name.database)}.${quoted(name.table)}`;

/** In brackets unless it is a single condition. Values are never part of the text, so an `and` outside of brackets is ours. */
export function bracketed(condition: string): string {
  let outside = condition;
  for (let before = ''; before !== outside; ) {
    before = outside;
    outside = outside.replace(/\([^()]*\)/g, '');
  }
  return /\s(and|or)\s/.test(outside) ? `(${condition})` : condition;
}

export function joined(kind: 'all' | 'any', conditions: readonly string[]): string {
  if (conditions.length === 1) return conditions[0] ?? 'true';
  return conditions.map(bracketed).join(kind === 'all' ? '\n  and ' : '\n  or ');
}

export const subquery = (sql: string) => `(\n${sql.replace(/^/gm, '    ')}\n)`;
