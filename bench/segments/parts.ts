/** What can be asked of the segments benchmark. */

/** In the order in which they run. */
export const SEGMENT_PARTS = ['selects', 'publications', 'together', 'asking'] as const;
export type SegmentPart = (typeof SEGMENT_PARTS)[number];

export interface SegmentsOptions {
  /** 1 is 1,000,000 people and 20,000,000 events. */
  readonly scale: number;
  /** Of which the medians are taken. */
  readonly rounds: number;
  readonly only: ReadonlySet<SegmentPart>;
  /** Leaves the data directory and its servers for a look. */
  readonly keep: boolean;
  readonly json: boolean;
}
