/** What one run of the pipeline benchmark says: the shape of its JSON. Seconds are wall-clock, MB are 10^6 bytes. */
import * as z from 'zod';

const seconds = z.number().nonnegative();
const ratio = z.number().nonnegative();

const Compared = z.object({
  seconds,
  handwritten_seconds: seconds,
  ratio_to_handwritten: ratio,
});

export const PipelineResult = z.object({
  size: z.object({ people: z.int(), events: z.int(), profiles: z.int() }),
  conditions: z.object({
    at: z.iso.datetime(),
    commit: z.string().nullable(),
    cpu: z.string(),
    cores: z.int(),
    memory_gb: z.number(),
    node: z.string(),
    clickhouse: z.string(),
    is_embedded: z.boolean(),
    /** Of one minute, before the first step: other work on the machine shows here. */
    load_average: z.number(),
  }),
  generate: z.object({ seconds }),
  build: z.object({
    seconds,
    /** Of the ClickHouse server; null for a server that is not ours. */
    peak_mb: z.number().nullable(),
    models: z.array(z.object({ name: z.string(), rows: z.int().nullable(), seconds })),
  }),
  /** Sums over the ten of the median of each. */
  segments: Compared.extend({
    /** Finding the members only, without writing them. */
    select: Compared,
    each: z.array(Compared.extend({ id: z.string(), members: z.int(), select: Compared })),
  }),
  diff: z.object({
    rows: z.int(),
    /** Against an empty ledger: everything is new. */
    first_seconds: seconds,
    /** Against a ledger that knows all rows: median of several runs, each after `changed` rows became others and `removed` left. */
    seconds,
    slowest_seconds: seconds,
    changed: z.int(),
    removed: z.int(),
  }),
  delivery: z.object({
    rows: z.int(),
    /** From the first request to the last entry in the ledger; medians, as all of these. */
    rows_per_second: z.number(),
    bare_loop_rows_per_second: z.number(),
    ratio_to_bare_loop: ratio,
    /** The diff and the record of the run included. */
    run_rows_per_second: z.number(),
  }),
  /** Of the process that published, diffed and delivered all of this. */
  service: z.object({ peak_mb: z.number() }),
});
export type PipelineResult = z.output<typeof PipelineResult>;
