/** What one run of the segments benchmark says: the shape of its JSON. Medians; seconds are wall-clock unless they are of the processor. */
import * as z from 'zod';
import { PipelineResult } from '../pipeline/result.ts';

const count = z.int().nonnegative();
const number = z.number();

const Figure = z.object({
  seconds: number,
  /** Of ClickHouse's queries. */
  cpu_seconds: number,
});
export type FigureResult = z.output<typeof Figure>;

const Compared = z.object({ ours: Figure, other: Figure, ratio: number, cpu_ratio: number });
export type ComparedResult = z.output<typeof Compared>;

/** Beside SQL written by hand; the sum of all, and each. */
const Selects = Compared.extend({ each: z.array(Compared.extend({ id: z.string(), members: count })) });
export type SelectsResult = z.output<typeof Selects>;

/** What a next version costs besides its select, members written: on average, and for each. */
const Publications = z.object({
  added_ms: number,
  added_cpu_ms: number,
  each: z.array(
    z.object({
      id: z.string(),
      members: count,
      select: Figure,
      published: Figure,
      added_ms: number,
      added_cpu_ms: number,
      statements: number,
    }),
  ),
});
export type PublicationsResult = z.output<typeof Publications>;

/** All in one run, beside the same one after the other. */
const Together = Compared.extend({ segments: count, statements: number, statements_alone: number });
export type TogetherResult = z.output<typeof Together>;

const Asking = z.object({
  /** Of ten conditions: the members only. */
  members: Figure,
  /** Each condition alone, and without it. */
  size: Figure,
  /** With some of the members. */
  preview: Figure,
  /** Of the same ten, for one of the people. */
  explain: Figure,
  explain_busiest: Figure,
  /** Of twenty segments. */
  overlap: Figure,
  waterfall: Figure,
});
export type AskingResult = z.output<typeof Asking>;

export const SegmentsResult = z.object({
  benchmark: z.literal('segments'),
  size: z.object({ people: count, events: count }),
  rounds: count,
  conditions: PipelineResult.shape.conditions,
  world: z.object({ seconds: number }),
  selects: Selects.optional(),
  publications: Publications.optional(),
  together: Together.optional(),
  asking: Asking.optional(),
  /** The largest memory of ClickHouse while all of this ran; null for a server that is not ours. */
  peak_mb: number.nullable(),
});
export type SegmentsResult = z.output<typeof SegmentsResult>;
