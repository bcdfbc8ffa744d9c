/**
 * Puts members into 10,000 buckets by a hash of their key. The bucket of a member never changes, so a wider range of buckets only adds
 * members. SHA-256 because every language and database has it: a company can compute the buckets itself. Pure.
 */
import { createHash } from 'node:crypto';

export const BUCKETS = 10_000;

/**
 * What is hashed in front of the key. It names the purpose, because a holdout of the buckets of a split with the same salt would fall into
 * one of its arms alone.
 */
export const bucketPrefix = (purpose: 'split' | 'holdout', salt: string) => `${purpose}:${salt}:`;

/** The first eight bytes of SHA-256, the lowest first, modulo 10,000. `key` is the key as text, as `sluice.segment_members` shows it. */
export function bucketOf(prefix: string, key: string): number {
  const hash = createHash('sha256').update(`${prefix}${key}`).digest();
  return Number(hash.readBigUInt64LE(0) % BigInt(BUCKETS));
}

/** The same as SQL. @param key SQL of the key as text, @param prefix placeholder of the prefix. */
export const bucketSql = (prefix: string, key: string) =>
  `reinterpretAsUInt64(substring(SHA256(concat(${prefix}, ${key})), 1, 8)) % ${BUCKETS}`;
