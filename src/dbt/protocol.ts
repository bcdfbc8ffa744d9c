/** The lines that the dbt worker (worker.py) and the service exchange. */
import * as z from 'zod';

export type Order =
  | { readonly op: 'parse'; readonly fingerprint: string; readonly manifest_path: string }
  | {
      readonly op: 'build';
      readonly fingerprint: string;
      /** Prefix of the databases that are built, for the comment of the statements. */
      readonly prefix: string;
      readonly select: readonly string[];
      readonly exclude: readonly string[];
      readonly full_refresh: boolean;
      /** Stops at the first model or test that fails. */
      readonly fail_fast: boolean;
      /** Target of the profile, in place of the profile's default. The project is then parsed for this run alone. */
      readonly target?: string;
      /** Number of threads, in place of the profile's. */
      readonly threads?: number;
      /** Added to the vars of dbt_project.yml. The project is then parsed for this run alone. */
      readonly vars?: Readonly<Record<string, unknown>>;
      readonly without_tests?: boolean;
      readonly with_unit_tests?: boolean | 'own';
    };

const Node = z.object({
  /** `model.sluice.profiles`. */
  unique_id: z.string(),
  name: z.string(),
  resource_type: z.string(),
  materialized: z.string().nullable(),
  schema: z.string().nullable(),
  alias: z.string().nullable(),
});

export const NodeResult = Node.extend({
  /** Models: success, error, skipped. Tests: pass, fail, warn, error, skipped. */
  status: z.string(),
  message: z.string().nullable(),
  seconds: z.number(),
  /** Number of rows that a test found. */
  failures: z.number().nullable(),
  query_id: z.string().nullable(),
  compiled_path: z.string().nullable(),
  /** Line of the compiled file, counted from 1. */
  compiled_line: z.int().nullable(),
  /** Name of the dbt project that it belongs to. */
  package: z.string(),
  /** Path of the source file within that project; for a test that yml declares, the yml. */
  file: z.string(),
  /** Only for a test that yml declares. */
  tested_model: z.string().nullable(),
  tested_column: z.string().nullable(),
});
export type NodeResult = z.output<typeof NodeResult>;

const ofOrder = { id: z.int() };

export const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), dbt: z.string() }),
  z.object({ type: z.literal('unusable'), message: z.string() }),
  z.object({ ...ofOrder, type: z.literal('started'), invocation_id: z.string() }),
  Node.extend({ ...ofOrder, type: z.literal('node_started') }),
  Node.extend({ ...ofOrder, type: z.literal('node_finished'), status: z.string(), message: z.string().nullable(), seconds: z.number() }),
  z.object({ ...ofOrder, type: z.literal('log'), message: z.string() }),
  /** A selector matches nothing, or a macro warns (`exceptions.warn`). */
  z.object({ ...ofOrder, type: z.literal('warning'), message: z.string() }),
  z.object({ ...ofOrder, type: z.literal('done'), success: z.boolean(), results: z.array(NodeResult) }),
  z.object({
    ...ofOrder,
    type: z.literal('failed'),
    message: z.string(),
    /** Where it failed: reading the project, checking the server of the profile, or running it. */
    stage: z.enum(['parse', 'server', 'run']),
    is_cancelled: z.boolean(),
  }),
]);
export type Message = z.output<typeof Message>;

/** Messages about the progress of a run. */
export type RunMessage = Extract<Message, { type: 'started' | 'node_started' | 'node_finished' | 'log' | 'warning' }>;
/** Messages that end a run. */
export type Outcome = Extract<Message, { type: 'done' | 'failed' }>;
