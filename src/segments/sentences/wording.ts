/** What a phrase is. Pure. */
import type { InEach } from './language.ts';

/** Of several wordings the first is written, all are read. */
export type Wording = string | readonly [string, ...string[]];
/** `{name}` is a slot; `[…]` is written when the slot in it has something to say. */
export type Phrase = InEach<Wording>;

export const phrases = <const P extends Readonly<Record<string, Phrase>>>(book: P): P => book;
