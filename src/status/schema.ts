/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';
import { FailedJob } from '../schedule/schema.ts';
import { SyncListing } from '../syncs/schema.ts';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const count = z.number().int();

/** What arrives. */
export const SourceListing = z
  .object({
    source: z.string(),
    table: z.string().openapi({ description: '`events`, or a table that files are loaded into.' }),
    rows: count,
    newest_at: at.nullable(),
    rejected_last_day: count,
  })
  .openapi('Source');
export type SourceListing = z.output<typeof SourceListing>;

export const Status = z
  .object({
    warehouse: z.object({ version: z.string(), embedded: z.boolean() }),
    sources: z.array(SourceListing).readonly().openapi({ description: 'Newest first.' }),
    refused: z
      .array(
        z.object({
          source: z.string().openapi({ description: "'' when the key was missing or not valid." }),
          key_prefix: z.string().openapi({ description: "The first characters of the key; '' when there was none." }),
          key_name: z
            .string()
            .nullable()
            .openapi({ description: 'Name of the key that begins like this, revoked or not; null when there is none.' }),
          reason: z.string().openapi({ description: 'Code of the error that was answered (docs/errors.md).' }),
          requests_last_day: count,
          newest_at: at,
        }),
      )
      .readonly()
      .openapi({
        description:
          'Collection requests that were refused as a whole in the last day: clients drop those without a word. Newest first, at most 50.',
      }),
    last_build: z
      .object({
        run_id: z.string(),
        status: z.string(),
        started_at: at,
        seconds: z.number(),
        failed: z.array(z.string()).readonly().openapi({ description: 'Models and tests.' }),
        error: z.string().openapi({
          description: 'Why there is no result: it did not start, was stopped, or its process died. Empty when there is one.',
        }),
      })
      .nullable(),
    segments: z
      .array(
        z.object({
          id: z.string(),
          title: z.string(),
          size: count,
          health: z.enum(['never', 'healthy', 'failing']).openapi({
            description: 'never: not published yet. failing: the last attempt failed, and the last good members stand.',
          }),
          last_good_at: at.nullable(),
          failed_reason: z.string().nullable(),
        }),
      )
      .readonly(),
    syncs: z.array(SyncListing).readonly(),
    documents: z
      .array(
        z.object({
          kind: z.string(),
          applied: count,
          scheduled: count,
          unreadable: z
            .array(z.string())
            .readonly()
            .openapi({ description: 'Ids of those that another version accepted and this one cannot read.' }),
        }),
      )
      .readonly()
      .openapi({ description: 'What is applied, by kind of document.' }),
    jobs: z.object({
      waiting: count,
      running: count,
      failed: count.openapi({ description: 'Jobs that failed for good and wait for a person.' }),
      failures: z
        .array(FailedJob.omit({ attempts: true }))
        .readonly()
        .openapi({ description: 'Newest first, at most ten.' }),
    }),
    missed_slots: z
      .array(z.object({ subject: z.string(), missed: count }))
      .readonly()
      .openapi({ description: 'Missed slots of the last seven days, by what should have run.' }),
  })
  .openapi('Status');
export type Status = z.output<typeof Status>;
