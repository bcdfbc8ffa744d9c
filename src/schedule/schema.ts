/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const subject = z.string().openapi({ example: 'sync:lapsing-to-crm', description: '`build`, `segment:<id>` or `sync:<id>`.' });

export const ScheduleListing = z
  .object({
    subject,
    schedule: z.string().openapi({ example: 'every 15 minutes' }),
    after: z.array(z.string()).readonly().openapi({ description: 'Subjects whose success starts it.' }),
    next: z.array(at).readonly().openapi({ description: 'Its next five times; none where it follows something.' }),
    last: z
      .object({
        slot_at: at,
        outcome: z.enum(['enqueued', 'skipped', 'missed']).openapi({
          description: 'skipped: one for the same subject was still waiting. missed: no clock ran when it came due.',
        }),
        recorded_at: at,
      })
      .nullable(),
    missed_in_7_days: z.number().int(),
  })
  .openapi('Schedule');
export type ScheduleListing = z.output<typeof ScheduleListing>;

export const JobView = z
  .object({
    id: z.string(),
    name: z.string().openapi({ example: 'segment.publish', description: '`build`, or the kind of a document and what is done for it.' }),
    subject,
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
    queued_at: at,
    started_at: at.nullable(),
    ended_at: at.nullable(),
    result: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .openapi({ description: 'Of a job that is done: ids and counts, and `succeeded`. Of one that failed: `code` and `message`.' }),
  })
  .openapi('Job');
export type JobView = z.output<typeof JobView>;

export const FailedJob = z
  .object({
    id: z.string().openapi({ description: 'For `retry`; not the id that the job had.' }),
    subject,
    failed_at: at,
    attempts: z.number().int(),
    reason: z.string().openapi({ description: 'What the last attempt said.' }),
  })
  .openapi('FailedJob');
export type FailedJob = z.output<typeof FailedJob>;

export const JobStarted = z
  .object({
    job_id: z.string().openapi({ description: 'GET /api/jobs/{id} says how it is going.' }),
    is_new: z.boolean().openapi({
      description: 'False when this very call was made before (Idempotency-Key), or when a job that waits already will do it.',
    }),
  })
  .openapi('JobStarted');
