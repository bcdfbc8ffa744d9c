/** Keeps secrets and personal data out of messages that are logged, stored or shown. */
import type { OutgoingRow } from './row.ts';

const longestMessage = 300;
const emailLike = /[\p{L}\p{N}._%+'-]+(?:@|%40)[\p{L}\p{N}.-]+/gu;
/** Seven digits and more, with the separators of phone and card numbers. Shorter ones are statuses, ports, positions. */
const numberLike = /\+?\d(?:[ ().-]?\d){6,}/g;

/**
 * Makes a vendor's message safe to keep. First known secrets and the values of its rows are cut out, then whatever looks like an address or
 * a long number. Values under four characters stay: cutting `1` out of every message would leave it unreadable.
 *
 * @param values of every row of the batch (`valuesOf`): a vendor may quote any of them.
 */
export function redact(message: string, secrets: readonly string[], values: readonly string[] = []): string {
  let text = message.slice(0, 4 * longestMessage);
  for (const value of [...secrets, ...values]) {
    if (value.length >= 4 && text.includes(value)) text = text.replaceAll(value, '…');
  }
  text = text.replace(emailLike, '…@…').replace(numberLike, '…');
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

/** Longest first, so that no value is cut in two by a shorter one within it. */
export function valuesOf(rows: readonly OutgoingRow[]): string[] {
  return rows.flatMap((row) => texts(row.fields)).sort((one, other) => other.length - one.length);
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}
