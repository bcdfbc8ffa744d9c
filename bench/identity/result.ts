/** What one run of the identity benchmark says: the shape of its JSON. Seconds are wall-clock, MB are 10^6 bytes. */
import * as z from 'zod';
import { PartitionScore } from '../../test/laboratory/partition-score.ts';
import { METHODS } from '../../test/laboratory/truth-sets/truth-sets.ts';
import { PipelineResult } from '../pipeline/result.ts';

const seconds = z.number().nonnegative();
const share = z.number().min(0).max(1);

const FullSolve = z.object({
  edges: z.int(),
  identifiers: z.int(),
  profiles: z.int(),
  /** Through dbt, from nothing: guards, ids and publication included. Medians of turns taken with the others. */
  seconds,
  rounds: z.int(),
  peak_mb: z.number(),
  /** The contraction alone, as SQL written by hand. */
  bare_seconds: seconds,
  bare_rounds: z.int(),
  bare_peak_mb: z.number(),
  /** Median over the turns: two neighbours in time are disturbed alike. */
  ratio_to_bare: z.number(),
  union_find_seconds: seconds,
  union_find_read_seconds: seconds,
  /** Through dbt once more with --full-refresh: everything solved over the graph that is there. */
  again_seconds: seconds,
  /** Identifiers with another profile than before. */
  again_churn: z.int(),
});
export type FullSolveResult = z.output<typeof FullSolve>;

const Additions = z.object({
  edges: z.int(),
  seconds,
  slowest_seconds: seconds,
  peak_mb: z.number(),
  /** The same evidence solved as a whole, which gave every identifier the same profile. */
  full_seconds: seconds,
});
export type AdditionsResult = z.output<typeof Additions>;

const Shape = z.object({
  shape: z.string(),
  edges: z.int(),
  identifiers: z.int(),
  profiles: z.int(),
  seconds,
  rounds: z.int(),
  peak_mb: z.number(),
});
export type ShapeResult = z.output<typeof Shape>;

const People = z.object({
  people: z.int(),
  rows: z.int(),
  score: PartitionScore,
  /** Profiles that hold more than the rules allow. */
  limit_violations: z.int(),
  /** What the guards held back, by kind. */
  recorded_violations: z.record(z.string(), z.int()),
  /** From raw rows to the graph; the first sees most of the year, the others what came since. */
  builds: z.array(z.object({ rows: z.int(), seconds })),
  full_seconds: seconds,
  /** Identifiers with another profile after everything was solved again. */
  churn: z.int(),
  peak_mb: z.number(),
});
export type PeopleResult = z.output<typeof People>;

const TruthSet = z.object({
  set: z.string(),
  method: z.enum(METHODS),
  records: z.int(),
  seconds,
  /** Of pairs. */
  precision: share,
  recall: share,
  f1: share,
  b_cubed_f1: share,
  false_pairs: z.int(),
  missed_pairs: z.int(),
});

export const IdentityResult = z.object({
  conditions: PipelineResult.shape.conditions,
  full: FullSolve.optional(),
  additions: Additions.optional(),
  shapes: z.array(Shape).optional(),
  people: People.optional(),
  truth_sets: z.array(TruthSet).optional(),
});
export type IdentityResult = z.output<typeof IdentityResult>;
