/** JSON of which no number loses digits. Pure. */

/** TypeScript 7 does not know these parts of ECMAScript 2026 yet; Node 24 has them. */
declare global {
  interface JSON {
    /** What JSON.stringify writes as this very text. */
    rawJSON(text: string): object;
  }
}

/** As JSON.parse, but numbers of more than 15 digits stay what they are, wherever they stand. Only texts that have one pay for it. */
export function parseExactly(json: string): unknown {
  if (!/\d{16}/.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_name, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source.length > 15 ? JSON.rawJSON(context.source) : value,
  );
}

/** A member as the text of a field, which every parser takes: a lone half of a surrogate pair becomes U+FFFD. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
