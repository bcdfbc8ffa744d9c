/** Rows as CSV (RFC 4180) or JSON lines. Pure; the same rows give the same bytes. */
import { isExactNumber, type Json } from '../../src/connector-kit/exact-json.ts';
import type { OutgoingRow } from '../../src/connector-kit/row.ts';

export function formatCsv(rows: readonly OutgoingRow[], names: readonly string[], escapeFormulas: boolean): string {
  const lines = [['_operation', ...names].map((name) => quote(escapeFormulas ? harmless(name) : name)).join(',')];
  for (const row of rows) {
    const { fields, operation } = row;
    const cells = names.map((name) => cell((Object.hasOwn(fields, name) ? fields[name] : null) ?? null, escapeFormulas));
    lines.push(`${operation},${cells.join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

export function formatJsonLines(rows: readonly OutgoingRow[]): string {
  return rows.map(({ operation, json }) => `{"_operation":"${operation}",${json.slice(1)}\n`).join('');
}

function cell(value: Json, escapeFormulas: boolean): string {
  if (value === null) return '';
  // With all its digits, as the warehouse wrote them, also within a list or an object.
  if (isExactNumber(value)) return value.rawJSON;
  if (typeof value !== 'string') return quote(JSON.stringify(value));
  // An empty text is quoted, so that it is not taken for null.
  if (value === '') return '""';
  return quote(escapeFormulas ? harmless(value) : value);
}

/** Characters that make a spreadsheet treat a cell as a formula: https://owasp.org/www-community/attacks/CSV_Injection (2026-11). */
const formulaStart = /^[=+\-@\t\r]/;
/** Runs as a formula too, but cannot do more than give a number: `+31 6 12345678`, `-1.50`. Escaping it would break every phone number. */
const plainNumber = /^[+-][\d .,()-]*$/;

const harmless = (text: string): string => (formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text);

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
