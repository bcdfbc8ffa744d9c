/** The same UUID for the same text, of version 8 (RFC 9562), which is for such: a name for what a caller may ask for twice. Pure. */
import { createHash } from 'node:crypto';

export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
