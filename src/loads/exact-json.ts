/** JSON of which no number loses digits. Pure. */

/** Digits that a number of JavaScript may not hold; kept as they stand. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** Within a nested value there is no way to write them as a number: as a text they are at least right. */
  toJSON(): string {
    return this.text;
  }
}

/** As JSON.parse, but numbers of more than 15 digits stay what they are in `valueText`. Only lines that have one pay for it. */
export function parseExactly(json: string): unknown {
  if (!/\d{16}/.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_name, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source.length > 15 ? new Digits(context.source) : value,
  );
}

/** A member as the text of a field, which every parser takes: a lone half of a surrogate pair becomes U+FFFD. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (value instanceof Digits) return value.text;
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}
