/** The ids in a message, as texts. Pure. */
import { createHash } from 'node:crypto';
import { numberText, plainDigits } from './exact-numbers.ts';

/** Ids of SDKs have 36 to 63 characters; some callers use their own keys. Longer values, such as a whole document, are mistakes. */
const MAX_ID_LENGTH = 512;

/**
 * '' for what clients send when there is no id (absent, null, ''); undefined for what cannot be an id. A number becomes the text of its
 * value with all digits: Java writes the number 34 as 34.0, so both are '34'. The text '34.0' stays as it is.
 */
export function idOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  const number = numberText(value);
  const id = number === undefined ? value : plainDigits(number, MAX_ID_LENGTH);
  if (typeof id !== 'string') return undefined;
  const trimmed = id.trim();
  // Half of a surrogate pair cannot be stored, and would become U+FFFD: different ids would become the same.
  return trimmed.length <= MAX_ID_LENGTH && trimmed.isWellFormed() ? trimmed : undefined;
}

/**
 * The id under which a message is stored; with its source it is the key. `text` is the whole message.
 *
 * Equal bytes are the same message, so that a client which gives no id still retries safely. A number, or a text of at most 16 digits
 * (such as seconds or microseconds), is a counter or a clock and not a unique id: two different messages of one source may carry the same
 * one. So their content is a part of the id as well.
 */
export function storedMessageId(given: unknown, id: string, source: string, text: string): string {
  const isCounter = id !== '' && (typeof given !== 'string' || /^\d{1,16}$/.test(id));
  if (id !== '' && !isCounter) return id;
  const content = `content-${createHash('sha256').update(source).update('\0').update(text).digest('hex')}`;
  return isCounter ? `${id}-${content}` : content;
}
