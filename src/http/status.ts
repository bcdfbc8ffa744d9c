/** /api/status: how everything is doing; /api/syncs/{id}/run: starts a sync as a durable job. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Queue } from '../schedule/queue.ts';
import type { Status } from '../status/status.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Resources } from '../store/resources.ts';
import { readSync } from '../syncs/documents.ts';
import { requireScope } from './authentication.ts';
import { errorResponses } from './error-reply.ts';
import { AnyObject, asJson, createRoutes } from './routes.ts';

export interface StatusRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly resources: Pick<Resources, 'get' | 'list'>;
  /** Opened by the first call. */
  readonly status: () => Promise<Status>;
  readonly queue: () => Promise<Pick<Queue, 'enqueue'>>;
}

const json = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: { 'application/json': { schema } } });
const secured = { security: [{ apiKey: [] }] };

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
  request: { params: z.object({ id: z.string().openapi({ example: 'lapsing-to-crm' }) }) },
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

export function statusRoutes({ apiKeys, resources, status: readStatus, queue }: StatusRoutes) {
  const app = createRoutes();
  app.use('/status', requireScope(apiKeys, 'read'));
  app.use('/syncs/*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(status, async (context) => context.json(asJson(await readStatus()), 200))
    .openapi(run, async (context) => {
      const { id } = context.req.valid('param');
      await readSync({ resources }, id);
      return context.json({ job_id: await (await queue()).enqueue({ name: 'sync.run', id }) }, 202);
    });
}
