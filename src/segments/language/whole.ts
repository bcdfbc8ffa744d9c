/** What stands on the whole of a segment and takes members away again: `exclude`, `split`, `holdout`, `limit`. Pure. */
import * as z from 'zod';
import { Slug } from '../../documents/slug.ts';
import { BUCKETS } from '../bucket.ts';
import { written } from './value.ts';

/** Ids of segments whose published members are left out. */
export const Exclude = z
  .array(Slug, { error: 'a list of ids of segments' })
  .min(1, 'the ids of the segments whose members are left out')
  .max(100, 'at most 100 segments');

const Salt = z
  .string()
  .max(100, 'at most 100 characters')
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} _.-]*$/u,
    'a name such as summer-2026: letters, digits, spaces and _ . -, starting with a letter or digit',
  );

const Bucket = z
  .int({ error: 'a whole number from 0 to 9999' })
  .min(0, 'a bucket from 0 to 9999')
  .max(BUCKETS - 1, 'a bucket from 0 to 9999; both ends belong to the range, so one half is 0 to 4999 and the other 5000 to 9999');

/** Both ends belong to the range. */
export const Split = z
  .strictObject({ salt: Salt, from: Bucket, to: Bucket }, written('buckets: { salt: summer-2026, from: 0, to: 4999 } is one half'))
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'is before `from`' });

/** In steps of one bucket, so that a share is exact: 0.1 is 1,000 of 10,000. */
const Share = z
  .number({ error: 'a share from 0.0001 to 1: 0.1 is 10 %' })
  .min(1 / BUCKETS, 'a share from 0.0001 to 1: 0.1 is 10 %')
  .max(1, 'a share from 0.0001 to 1: 0.1 is 10 %')
  .refine((share) => Math.abs(share * BUCKETS - bucketsOf(share)) < 1e-6, 'a share with at most four decimals');

export const bucketsOf = (share: number) => Math.round(share * BUCKETS);

export const Holdout = z.strictObject(
  {
    share: Share.refine((share) => share !== 1, 'a share below 1: with 1 nobody would be left'),
    salt: Salt,
  },
  written('a part that is left out: { share: 0.1, salt: summer-2026 }'),
);

export const Limit = z
  .strictObject(
    {
      /** The first this many. */
      top: z.int({ error: 'a whole number, 1 or more' }).min(1, 'a whole number, 1 or more').max(1_000_000_000).optional(),
      /** This part of the members, rounded up. */
      share: Share.optional(),
      /** Name of the trait that decides who comes first. */
      by: z.string().min(1),
      /** `desc`: the highest, or latest, comes first. */
      order: z.enum(['desc', 'asc']).default('desc'),
      /** Name of a trait: the limit holds for each of its values. */
      per: z.string().min(1).optional(),
    },
    written('how many, and who comes first: { top: 100, by: lifetime_value }'),
  )
  .refine(({ top, share }) => (top === undefined) !== (share === undefined), 'takes one of `top` (a number) and `share` (a part)');
