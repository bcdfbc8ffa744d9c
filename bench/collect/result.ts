/** What one run of the collect benchmark says: the shape of its JSON. Latencies in ms, MB are 10^6 bytes. */
import * as z from 'zod';
import { PipelineResult } from '../pipeline/result.ts';

const Latency = { p50_ms: z.number(), p99_ms: z.number() };
const Loaded = z.object({ events_per_second: z.number(), ...Latency, refused: z.int() });
/** Medians of several turns: before, between and after what is compared with them. */
const Inserted = z.object({ rows: z.int(), rows_per_second: z.number(), ...Latency });

export const CollectResult = z.object({
  conditions: PipelineResult.shape.conditions,
  /** Of each measurement. */
  seconds: z.number(),
  bare_inserts: z.array(Inserted),
  cases: z.array(
    z.object({
      /** Of one request. */
      messages: z.int(),
      connections: z.int(),
      service: Loaded.extend({
        /** Largest resident memory of the service while this was measured. */
        peak_mb: z.number(),
        /** Processor time of the service alone: other work on the machine does not change it much. */
        cpu_us_per_event: z.number(),
        /** Rows of one insert, on average. */
        rows_per_insert: z.number(),
      }),
      bare_app: Loaded,
      ratio_to_bare_app: z.number(),
    }),
  ),
  /** Batches of the largest size at half of the highest rate that they reached. */
  half_load: Loaded.extend({
    messages: z.int(),
    connections: z.int(),
    peak_mb: z.number(),
    cpu_us_per_event: z.number(),
    p99_to_bare_insert: z.number(),
  }),
  ratios: z.object({
    /** The highest rate of the largest batches against the bare client's largest inserts. */
    batches_to_bare_inserts: z.number(),
    /** Single messages at the middle number of connections against the bare app. */
    singles_to_bare_app: z.number(),
  }),
});
export type CollectResult = z.output<typeof CollectResult>;
