/** Numbers as the oracle sees them: what is written is compared digit by digit, and a float is the float that it is. */

/** A number in the data: exact decimal text, or a float of 64 or 32 bits. */
export type Quantity = { readonly text: string; readonly isWhole: boolean } | { readonly float: number; readonly isSingle: boolean };

const DIGITS = 60;

/** In steps of 10^-60. Undefined when the text is no number. */
export function scaled(text: string): bigint | undefined {
  const parts = /^([+-]?)(\d+)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!parts) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const units = BigInt(whole + fraction) * 10n ** BigInt(DIGITS - fraction.length + Number(exponent));
  return sign === '-' ? -units : units;
}

const sign = (a: bigint | number, b: bigint | number) => (a < b ? -1 : a > b ? 1 : 0);

/** As for sorting; `operand` is written in a definition. */
export function compareTo(quantity: Quantity, operand: string): number {
  const wanted = scaled(operand) ?? 0n;
  if ('text' in quantity) return sign(scaled(quantity.text) ?? 0n, wanted);
  const { float, isSingle } = quantity;
  const isWhole = wanted % 10n ** BigInt(DIGITS) === 0n;
  if (isWhole && Number.isInteger(float)) return sign(BigInt(float) * 10n ** BigInt(DIGITS), wanted);
  return sign(float, isSingle ? Math.fround(Number(operand)) : Number(operand));
}

/** Two numbers of the data. A decimal beside a float is the float nearest to it; a whole number stays what it is. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if ('text' in a && 'text' in b) return compareTo(a, b.text);
  if ('float' in a && 'float' in b) return sign(a.float, b.float);
  if ('text' in a) return -compareQuantities(b, a);
  const other = b as { text: string; isWhole: boolean };
  return other.isWhole ? compareTo(a, other.text) : sign(a.float, Number(other.text));
}
