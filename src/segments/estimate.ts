/** Counts from a part of the entities: which part, and how far a count from it may be off. Pure. */
import type { CheckedSegment } from './checked.ts';
import { type Predicate, tight } from './predicate.ts';

/**
 * A sample has at least this many entities: then a share of a tenth is told within half a percent (in 95 of 100 samples). An entity with fewer
 * than twice as many is counted whole.
 */
const MIN_ENTITIES = 20_000;
/** Below one in 64, opening the tables takes longer than reading them. */
const MAX_DIVISOR = 64;

/** One of how many entities to look at, a power of two; 1 is all of them. */
export function divisorFor(people: number): number {
  const wanted = Math.floor(people / MIN_ENTITIES);
  return wanted < 2 ? 1 : Math.min(MAX_DIVISOR, 2 ** Math.floor(Math.log2(wanted)));
}

/** What is known of the keys of an entity. */
export interface KeySpread {
  readonly people: number;
  /** Of keys that are UUIDs: the second halves as numbers, by which ClickHouse orders them. */
  readonly halves?: { readonly least: number; readonly greatest: number; readonly quartiles: readonly number[] };
}

/** The width of random second halves is 2^62 or more; those of UUIDs that were counted up or made from a clock are not. */
const RANDOM_WIDTH = 2 ** 61;
/** As a share of the width. Quartiles of random keys are off by half a percent. */
const MAX_UNEVEN = 0.03;

/**
 * SQL of whether the entity with this key is in the sample; a person is in it with all of its events.
 *
 * Where keys are random UUIDs, a stretch of them is as good a sample as any, and tables that are sorted by the key are read in that stretch
 * only. Elsewhere a stretch may be the oldest customers, so a hash of the key decides: it saves the grouping, and not the reading.
 */
export function sampleOf({ halves }: KeySpread, divisor: number): (key: string) => Predicate {
  if (divisor === 1) return () => tight('true');
  if (halves === undefined) return (key) => tight(`cityHash64(toString(${key})) % ${divisor} = 0`);
  if (!isRandom(halves)) return (key) => tight(`cityHash64(${key}) % ${divisor} = 0`);
  const end = BigInt(Math.floor(halves.least + (halves.greatest - halves.least) / divisor));
  const digits = end.toString(16).padStart(16, '0').slice(-16);
  return (key) => tight(`${key} < toUUID('00000000-0000-0000-${digits.slice(0, 4)}-${digits.slice(4)}')`);
}

function isRandom({ least, greatest, quartiles }: NonNullable<KeySpread['halves']>): boolean {
  const width = greatest - least;
  return width >= RANDOM_WIDTH && quartiles.every((value, index) => Math.abs((value - least) / width - (index + 1) / 4) <= MAX_UNEVEN);
}

/** Where a member is chosen by its place among others, everybody has to be looked at for it. */
export const needsEverybody = ({ whole }: Pick<CheckedSegment, 'whole'>): boolean => whole.limit !== undefined;

/** 95 of 100 samples. */
const Z = 1.96;

/**
 * Half the width of Wilson's interval, or more on its wider side: unlike the usual formula it is not 0 when nobody of the sample was counted.
 * @returns in entities of the whole.
 */
export function marginOf(counted: number, sampled: number, people: number): number {
  if (sampled === 0) return people;
  const share = counted / sampled;
  const square = Z * Z;
  const centre = (share + square / (2 * sampled)) / (1 + square / sampled);
  const half = (Z / (1 + square / sampled)) * Math.sqrt((share * (1 - share)) / sampled + square / (4 * sampled * sampled));
  return Math.ceil(people * Math.max(centre + half - share, share - (centre - half)));
}
