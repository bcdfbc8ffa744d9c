/** What stands on the whole of a segment, checked. Applied in the order of the fields. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';

export interface CheckedWhole {
  /** Ids of the segments whose published members are left out. */
  readonly exclude: readonly string[];
  readonly split?: CheckedSplit;
  readonly holdout?: CheckedHoldout;
  readonly limit?: CheckedLimit;
}

export interface CheckedSplit {
  readonly salt: string;
  /** Buckets, both included. */
  readonly from: number;
  readonly to: number;
}

export interface CheckedHoldout {
  readonly salt: string;
  /** The first this many buckets are held out. */
  readonly buckets: number;
}

export interface CheckedLimit {
  /** A share is a number of ten-thousandths, so that it is counted without rounding errors. */
  readonly most: { readonly is: 'count'; readonly count: number } | { readonly is: 'share'; readonly tenThousandths: number };
  readonly by: Trait;
  readonly order: 'desc' | 'asc';
  readonly per?: Trait;
}

/** Traits that decide, beside those of the conditions. */
export const traitsOfWhole = ({ limit }: CheckedWhole): Trait[] => (limit ? [limit.by, ...(limit.per ? [limit.per] : [])] : []);
