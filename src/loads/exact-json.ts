/** JSON of which no number loses digits. Pure. */

/** TypeScript 7 does not know these parts of ECMAScript 2026 yet; Node 24 has them. */
declare global {
  interface JSON {
    /** What JSON.stringify writes as this very text. */
    rawJSON(text: string): object;
  }
}

/**
 * As JSON.parse, but numbers of more than 15 digits, and those beyond what a double holds (`1e400`), stay what they are, wherever they stand.
 * Only texts that may have one pay for it.
 */
export function parseExactly(json: string): unknown {
  if (!/[\d.]{16}|\d[eE][+-]?\d{3}|[:,[]\s*-0/.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_name, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && isAltered(value, context.source) ? JSON.rawJSON(context.source) : value,
  );
}

const isAltered = (value: number, source: string) =>
  source.length > 15 || !Number.isFinite(value) || (value === 0 && /^-|[1-9]/.test(source));

/** A member as the text of a field, which every parser takes: a lone half of a surrogate pair becomes U+FFFD. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
