/** Random-looking numbers that are pure functions of what they are drawn for: no generator has a state that order could change. */

/** @returns a number from 0 (included) to 1, of a seed and whatever tells this draw from others. */
export type Draw = (...of: readonly number[]) => number;

export function drawsOf(seed: number): Draw {
  return (...of) => {
    let hash = seed | 0;
    for (const part of of) hash = mix(hash ^ Math.imul(part | 0, 0x9e3779b1));
    return (hash >>> 0) / 2 ** 32;
  };
}

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** How often a chance came true before it first failed: 0, 1, 2, … */
export function geometric(draw: number, chance: number, most: number): number {
  return Math.min(most, Math.floor(Math.log(Math.max(draw, 1e-12)) / Math.log(chance)));
}
