/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const count = z.number().int();

export const BuildListing = z
  .object({
    run_id: z.string(),
    invocation_id: z.string().openapi({ description: 'Id that dbt gave the run; empty when dbt did not start.' }),
    recorded_by: z.string().openapi({ description: 'service, or dbt where a command line or an orchestrator ran it.' }),
    status: z.string().openapi({ description: 'success, failed (a model or test), cancelled, timed_out or crashed (no result).' }),
    started_at: at,
    finished_at: at,
    selected: z.array(z.string()).openapi({ description: 'What was asked for, as dbt selectors; empty for everything.' }),
    excluded: z.array(z.string()),
    is_full_refresh: z.boolean(),
    models_built: count,
    models_failed: count,
    models_skipped: count,
    tests_passed: count,
    tests_warned: count,
    tests_failed: count,
    failed_tests: z.array(z.string()),
    error: z.string().openapi({ description: 'Why there is no result; empty when there is one.' }),
  })
  .openapi('Build');
export type BuildListing = z.output<typeof BuildListing>;

export const BuiltModel = z
  .object({
    unique_id: z.string(),
    database: z.string(),
    table: z.string(),
    materialized: z.string(),
    status: z.string().openapi({ description: 'success, error or skipped.' }),
    rows: count.nullable(),
    seconds: z.number(),
    query_id: z.string(),
    error: z.string().openapi({ description: 'What the database said; empty when it was built.' }),
    compiled_path: z.string(),
    compiled_line: count.nullable(),
  })
  .openapi('BuiltModel');
export type BuiltModel = z.output<typeof BuiltModel>;
