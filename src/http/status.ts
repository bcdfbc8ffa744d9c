/** /api/status: how everything is doing; /api/syncs/{id}/run: starts a sync as a durable job; /api/syncs/{id}/reset: forgets what was sent. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Queue } from '../schedule/queue.ts';
import type { Status } from '../status/status.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Resources } from '../store/resources.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { readSync } from '../syncs/documents.ts';
import { errors } from '../syncs/errors.ts';
import { resetSync } from '../syncs/resync.ts';
import { requireScope } from './authentication.ts';
import { errorResponses } from './error-reply.ts';
import { AnyObject, asJson, createRoutes } from './routes.ts';

export interface StatusRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly resources: Pick<Resources, 'get' | 'list'>;
  /** Opened by the first call. */
  readonly status: () => Promise<Status>;
  readonly queue: () => Promise<Pick<Queue, 'enqueue'>>;
  /** Opened by the first call. */
  readonly syncs: () => Promise<SyncDeps>;
}

const json = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: { 'application/json': { schema } } });
const secured = { security: [{ apiKey: [] }] };

const Id = z.object({ id: z.string().openapi({ example: 'lapsing-to-crm' }) });

const status = createRoute({
  ...secured,
  method: 'get',
  path: '/status',
  tags: ['Status'],
  summary: 'What arrives, the last build, and how segments, syncs and jobs are doing',
  responses: { 200: json('The same as `sluice status --json`', AnyObject), ...errorResponses },
});

const run = createRoute({
  ...secured,
  method: 'post',
  path: '/syncs/{id}/run',
  tags: ['Syncs'],
  summary: 'Send the differences of a sync now',
  description: 'Answers at once: the run is a durable job. /api/status shows how it went.',
  request: {
    params: Id,
    body: {
      required: false,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              allow_removals: z.number().int().min(0).optional().openapi({
                description: 'Lets this run remove at most so many rows, in place of the guard.',
              }),
              resync: z.boolean().optional().openapi({ description: 'Sends everything again, removals included.' }),
            })
            .openapi('SyncRunRequest'),
        },
      },
    },
  },
  responses: {
    202: json(
      'Queued',
      z.object({
        job_id: z
          .string()
          .nullable()
          .openapi({ description: 'Null when a run is waiting already: that one will send what this one would have.' }),
      }),
    ),
    ...errorResponses,
  },
});

const reset = createRoute({
  ...secured,
  method: 'post',
  path: '/syncs/{id}/reset',
  tags: ['Syncs'],
  summary: 'Forget what was sent; nothing is changed at the destination',
  description: 'Without `"confirm": true` it only says what it would do. The next run sends every row of the source as new.',
  request: {
    params: Id,
    body: {
      required: false,
      content: {
        'application/json': { schema: z.strictObject({ confirm: z.boolean().default(false) }).openapi('SyncResetRequest') },
      },
    },
  },
  responses: {
    200: json(
      'What is forgotten, and what stays at the destination',
      z.object({
        sync_id: z.string(),
        address: z.string().openapi({ description: 'Where rows went, without secrets.' }),
        rows_left: z.number().int().openapi({ description: 'Rows that were sent there and not removed. They stay.' }),
        is_done: z.boolean(),
        message: z.string(),
      }),
    ),
    ...errorResponses,
  },
});

export function statusRoutes({ apiKeys, resources, status: readStatus, queue, syncs }: StatusRoutes) {
  const app = createRoutes();
  app.use('/status', requireScope(apiKeys, 'read'));
  app.use('/syncs/*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(status, async (context) => context.json(asJson(await readStatus()), 200))
    .openapi(run, async (context) => {
      const { id } = context.req.valid('param');
      // A request without a body is one for an ordinary run.
      const { allow_removals, resync: is_resync } = context.req.valid('json') ?? {};
      await readSync({ resources }, id);
      const special = { ...(allow_removals === undefined ? {} : { allow_removals }), ...(is_resync ? { is_resync } : {}) };
      const jobId = await (await queue()).enqueue({ name: 'sync.run', id, ...special });
      if (jobId === null && Object.keys(special).length > 0)
        throw errors.run_waiting(`A run of ${id} is waiting already, without that permission`);
      return context.json({ job_id: jobId }, 202);
    })
    .openapi(reset, async (context) => {
      const { id } = context.req.valid('param');
      await readSync({ resources }, id);
      const isConfirmed = context.req.valid('json')?.confirm ?? false;
      return context.json(await resetSync(await syncs(), id, { isConfirmed }), 200);
    });
}
