/**
 * Writes names, texts and moments as SQL of ClickHouse, under one rule of escaping. Values from a person are bound parameters and never
 * come here: this is for names from the catalogue and for texts of our own. Pure.
 */

export interface TableName {
  readonly database: string;
  readonly table: string;
}

const escaped = (text: string, mark: string) => `${mark}${text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`)}${mark}`;

/** `order id` → `` `order id` `` */
export const quoteIdentifier = (name: string): string => escaped(name, '`');

/** Without quotes they are values or parts of a statement, where a name may stand. */
const RESERVED = /^(all|distinct|false|inf|infinity|nan|not|null|true)$/i;

/** As a person would write it: without quotes where the name needs none. For statements that are shown. */
export const quoteIfNeeded = (name: string): string => (/^[a-z_]\w*$/i.test(name) && !RESERVED.test(name) ? name : quoteIdentifier(name));

/** `it's` → `'it\'s'` */
export const quoteText = (text: string): string => escaped(text, "'");

/**
 * `{{ x }}` → `'\\x7B\\x7B x \\x7D\\x7D'`: the same text, in one line and without braces, so that it means nothing to a template of dbt that it
 * stands in.
 */
export const quoteTextInTemplate = (text: string): string =>
  withoutBraces(quoteText(text).replace(/[\n\r\0\u2028\u2029]/g, (letter) => UNSEEN[letter] ?? letter));

const UNSEEN: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\u2028': '\\xE2\\x80\\xA8',
  '\u2029': '\\xE2\\x80\\xA9',
};

/** A quoted text or name in SQL, the same without braces. A backslash before one that escapes nothing stands for itself. */
export const withoutBraces = (quoted: string): string =>
  quoted.replace(/(\\*)([{}])/g, (_, before: string, brace: string) => {
    const kept = before.length % 2 === 0 ? before : `${before}\\`;
    return `${kept}\\x${brace === '{' ? '7B' : '7D'}`;
  });

/** Database and table, both quoted. */
export const qualified = ({ database, table }: TableName): string => `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;

export const isSameTable = (one: TableName, other: TableName): boolean => one.database === other.database && one.table === other.table;

/** In the order of their first occurrence. */
export const distinctTables = (tables: readonly TableName[]): TableName[] =>
  tables.filter((table, index) => tables.findIndex((other) => isSameTable(other, table)) === index);

/** The range of DateTime64(3). */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** `2026-03-01 09:00:00.000`, in UTC. A moment outside the range of DateTime64(3) becomes the nearest moment in it. */
export function clickhouseTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS)).toISOString().replace('T', ' ').replace('Z', '');
}
