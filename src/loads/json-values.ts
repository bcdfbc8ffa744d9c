/**
 * Values of JSON in files. No number loses digits; unlike in connector-kit/exact-json.ts, the way that a number is written is not kept: `1.50` is
 * 1.5. Pure.
 */

/** TypeScript 7 does not know these parts of ECMAScript 2026 yet; Node 24 has them. */
declare global {
  interface JSON {
    /** JSON.stringify writes this object as exactly this text. */
    rawJSON(text: string): object;
  }
}

/**
 * As JSON.parse, but numbers of more than 15 digits, and those that a double cannot hold (`1e400`), keep their text. Texts without such a
 * number take the fast path.
 */
export function parseExactly(json: string): unknown {
  if (!/[\d.]{16}|\d[eE][+-]?\d{3}|[:,[]\s*-0/.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_name, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && isAltered(value, context.source) ? JSON.rawJSON(context.source) : value,
  );
}

/** Functions that walk through a value recurse for each level, and ClickHouse reads at most 1,024 levels. */
export const MAX_DEPTH = 1_000;

/** Whether JSON text is nested deeper than that. Only counts brackets: the text need not be valid. */
export function isDeep(json: string): boolean {
  if (json.length <= MAX_DEPTH) return false;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (isInText && character === '\\') at += 1;
    else if (character === '"') isInText = !isInText;
    else if (isInText) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

const isAltered = (value: number, source: string) =>
  source.length > 15 || !Number.isFinite(value) || (value === 0 && /^-|[1-9]/.test(source));

/** A member as the text of a field that every parser takes: a lone half of a surrogate pair becomes U+FFFD. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
