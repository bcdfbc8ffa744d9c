/** Counts from a part of the entities: which part, and how far a count from it may be off. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import { readKeyType } from '../catalogue/key-type.ts';
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

/**
 * SQL of whether the entity with this key is in the sample. A hash of the key, so that a person is in every sample with all of its events, and
 * another question about it has the same people.
 */
export const isSampled =
  (divisor: number, { keyType }: Pick<Entity, 'keyType'>) =>
  (key: string): Predicate => {
    if (divisor === 1) return tight('true');
    // A number hashes to something else in another width, which tables of one entity may have; its text does not. Of every event this is asked,
    // so a UUID, which has one form, goes without its text: a tenth of the time.
    const hashed = readKeyType(keyType)?.column === 'member_uuid' ? key : `toString(${key})`;
    return tight(`cityHash64(${hashed}) % ${divisor} = 0`);
  };

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
