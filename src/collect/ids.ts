/** The ids that a message names, as texts. Pure. */
import { createHash } from 'node:crypto';
import { numberText, plainDigits } from './exact-numbers.ts';

/** Ids of SDKs have 36 to 63 characters; some callers use their own keys. Longer ones are mistakes, such as a whole document. */
const MAX_ID_LENGTH = 512;

/**
 * '' for what clients send when there is no id (absent, null, ''); undefined for what cannot be one. A number is the text of its value
 * with all digits: Java writes the number 34 as 34.0, so both are '34'. The text '34.0' stays what it is.
 */
export function idOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  const number = numberText(value);
  const id = number === undefined ? value : plainDigits(number, MAX_ID_LENGTH);
  if (typeof id !== 'string') return undefined;
  const trimmed = id.trim();
  // Half of a surrogate pair cannot be stored, and what it would become (U+FFFD) is the same for every half.
  return trimmed.length <= MAX_ID_LENGTH && trimmed.isWellFormed() ? trimmed : undefined;
}

/**
 * The id under which a message is stored; with its source it is the key. `text` is the whole message.
 *
 * Equal bytes are the same message, so that a client which gives no id still retries safely. A number, or a text of at most 16 digits
 * (seconds to microseconds among them), is a counter or a clock and not an id of its own: two messages of one source may have the same one
 * and are two. So their content is a part of the id as well.
 */
export function storedMessageId(given: unknown, id: string, source: string, text: string): string {
  const isCounter = id !== '' && (typeof given !== 'string' || /^\d{1,16}$/.test(id));
  if (id !== '' && !isCounter) return id;
  const content = `content-${createHash('sha256').update(source).update('\0').update(text).digest('hex')}`;
  return isCounter ? `${id}-${content}` : content;
}
