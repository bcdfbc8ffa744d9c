/** Randomness that depends on its seed words only, so that the demo tells the same story on every machine and every day. */
import { createHash } from 'node:crypto';

/** Changing it changes every generated name, address and journey. */
const SEED = 'sluice-demo-1';

export interface Seeded {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  pick<const L extends readonly [unknown, ...unknown[]]>(list: L): L[number];
  chance(share: number): boolean;
}

/** An endless sequence for these words: `seeded('customer', 42)`. */
export function seeded(...words: readonly (string | number)[]): Seeded {
  let state = digest(words).readUInt32LE(0);
  // mulberry32: 32 bits of state are plenty for a few dozen draws a person
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    chance: (share) => next() < share,
  };
}

/** A UUID that is always the same for these words. */
export function seededUuid(...words: readonly (string | number)[]): string {
  const hex = digest(words).toString('hex');
  // version 8 = "custom" (RFC 9562): the bits come from a hash, not from a clock or a random source
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function digest(words: readonly (string | number)[]): Buffer {
  return createHash('sha256')
    .update([SEED, ...words].join('\u0000'))
    .digest();
}
