/** What stands on the whole of a segment in plain TypeScript: who stays, who is held out, and what takes everybody else away. */
import { createHash } from 'node:crypto';
import { type OracleWorld, traitOf } from './oracle.ts';
import type { Person } from './world.ts';

export interface Whole {
  readonly exclude?: readonly string[] | undefined;
  readonly split?: { readonly salt: string; readonly from: number; readonly to: number } | undefined;
  readonly holdout?: { readonly share: number; readonly salt: string } | undefined;
  readonly limit?:
    | {
        readonly top?: number | undefined;
        readonly share?: number | undefined;
        readonly by: string;
        readonly order?: 'desc' | 'asc' | undefined;
        readonly per?: string | undefined;
      }
    | undefined;
}

type Value = ReturnType<typeof traitOf>;

/** For each of `found`, in any order, what becomes of it. */
export function standings(found: readonly Person[], whole: Whole, world: OracleWorld): Map<string, string> {
  const { exclude = [], split, holdout, limit } = whole;
  const standing = new Map<string, string>();
  const staying: Person[] = [];
  const heldOut: Person[] = [];
  for (const person of found) {
    const id = person.profile_id;
    const isInSplit = split === undefined || between(bucket(`split:${split.salt}:${id}`), split.from, split.to);
    if (exclude.some((segment) => world.members.get(segment)?.has(id))) standing.set(id, 'exclude');
    else if (!isInSplit) standing.set(id, 'split');
    else if (holdout && bucket(`holdout:${holdout.salt}:${id}`) < Math.round(holdout.share * 10_000)) heldOut.push(person);
    else staying.push(person);
  }
  for (const person of staying) standing.set(person.profile_id, isWithin(person, staying, limit) ? 'member' : 'limit');
  for (const person of heldOut) standing.set(person.profile_id, isWithin(person, staying, limit) ? 'holdout' : 'limit');
  return standing;
}

const between = (value: number, low: number, high: number) => value >= low && value <= high;

/** The hash as docs/segments-whole.md states it: the first eight bytes, the lowest first. */
function bucket(text: string): number {
  const bytes = [...createHash('sha256').update(text).digest().subarray(0, 8)].reverse();
  return Number(bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n) % 10_000n);
}

/** Whether fewer of those who stay come before this one than may be taken. */
function isWithin(person: Person, staying: readonly Person[], limit: Whole['limit']): boolean {
  if (limit === undefined) return true;
  const { per } = limit;
  const rivals = staying.filter((other) => per === undefined || read(other, per) === read(person, per));
  const before = rivals.filter((other) => other !== person && comesBefore(other, person, limit)).length;
  return before < (limit.top ?? shareOf(limit.share ?? 1, rivals.length));
}

/** Rounded up. A share has four decimals at most. */
const shareOf = (share: number, count: number) => Math.ceil((Math.round(share * 10_000) * count) / 10_000);

function comesBefore(one: Person, other: Person, { by, order = 'desc' }: NonNullable<Whole['limit']>): boolean {
  const [a, b] = [read(one, by), read(other, by)];
  if (a !== null && b === null) return true;
  if (a === null && b !== null) return false;
  const difference = a === null || b === null ? 0 : compare(a, b, by);
  if (difference !== 0) return order === 'desc' ? difference > 0 : difference < 0;
  return one.profile_id < other.profile_id;
}

const read = (person: Person, name: string): Value => traitOf(person, name as Parameters<typeof traitOf>[1]);

/** Days and moments are texts of one length. */
function compare(a: NonNullable<Value>, b: NonNullable<Value>, by: string): number {
  if (by.endsWith('_on') || by.endsWith('_at')) return String(a) < String(b) ? -1 : Number(a !== b);
  // Past 2^53 a number of JavaScript is no longer exact.
  return by === 'ledger_id' ? Number(BigInt(String(a)) - BigInt(String(b))) : Number(a) - Number(b);
}
