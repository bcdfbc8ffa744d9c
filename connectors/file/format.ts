/** Rows as CSV (RFC 4180) or JSON lines. Pure; the same rows give the same bytes. */
import type { Json, OutgoingRow } from '../../src/connector-kit/row.ts';

export function formatCsv(rows: readonly OutgoingRow[], names: readonly string[], escapeFormulas: boolean): string {
  const lines = [['_operation', ...names].map((name) => quote(escapeFormulas ? harmless(name) : name)).join(',')];
  for (const row of rows) {
    const fields = exactFields(row);
    const cells = names.map((name) => cell(fields[name] ?? null, escapeFormulas));
    lines.push(`${row.operation},${cells.join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

export function formatJsonLines(rows: readonly OutgoingRow[]): string {
  return rows.map(({ operation, json }) => `{"_operation":"${operation}",${json.slice(1)}\n`).join('');
}

/** A number that JavaScript would round, as the text that the warehouse wrote. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** Within a list or an object it is printed as a text. */
  toJSON(): string {
    return this.text;
  }
}

type Cell = Json | Digits;
/** ES2026; Node has it since 21, TypeScript's library does not know it yet. */
type ParseWithSource = (text: string, reviver: (key: string, value: Json, context: { readonly source?: string }) => Cell) => unknown;

function exactFields(row: OutgoingRow): Readonly<Record<string, Cell>> {
  if (!/\d{16}/.test(row.json)) return row.fields;
  return (JSON.parse as ParseWithSource)(row.json, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? new Digits(source) : value,
  ) as Readonly<Record<string, Cell>>;
}

function cell(value: Cell, escapeFormulas: boolean): string {
  if (value === null) return '';
  if (value instanceof Digits) return value.text;
  if (typeof value !== 'string') return quote(JSON.stringify(value));
  // An empty text is quoted, so that it is not taken for null.
  if (value === '') return '""';
  return quote(escapeFormulas ? harmless(value) : value);
}

/** Characters that make a spreadsheet treat a cell as a formula: https://owasp.org/www-community/attacks/CSV_Injection (2026-11). */
const formulaStart = /^[=+\-@\t\r]/;
/** Runs as a formula too, but only to a number: `+31 6 12345678`, `-1.50`. Escaping it would break every phone number. */
const plainNumber = /^[+-][\d .,()-]*$/;

const harmless = (text: string): string => (formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text);

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
