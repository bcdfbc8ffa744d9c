/** /api/syncs: how syncs are doing, what a run would send, and starting one. */
import { createRoute, z } from '@hono/zod-openapi';
import { asJson, JsonObject } from '../documents/any-json.ts';
import type { Queue } from '../schedule/queue.ts';
import { JobStarted } from '../schedule/schema.ts';
import { startJob } from '../schedule/start-job.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { readSync } from '../syncs/documents.ts';
import { errors } from '../syncs/errors.ts';
import { planSync } from '../syncs/preview.ts';
import { resetSync } from '../syncs/resync.ts';
import { SyncListing, SyncPreview, SyncReset, SyncRun } from '../syncs/schema.ts';
import { listSyncs, syncStatus } from '../syncs/status.ts';
import { requireScope } from './authentication.ts';
import { callKey, flag, idempotencyHeaders, json, NamedById, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface SyncRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly queue: () => Promise<Pick<Queue, 'enqueue' | 'find' | 'pending'>>;
  /** Opened by the first call. */
  readonly syncs: () => Promise<SyncDeps>;
  /** Whether a run of the sync goes on. */
  readonly isRunning: (syncId: string) => Promise<boolean>;
}

const described = { ...secured, tags: ['Syncs'] };

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Every applied sync with its health',
  responses: { 200: json('The syncs', z.object({ syncs: z.array(SyncListing) })), ...refusals() },
});

const SyncDetail = SyncListing.extend({
  definition: JsonObject.openapi({ description: 'Its document, with the defaults of what it leaves out.' }),
  runs: z.array(SyncRun).openapi({ description: 'The last ten, newest first.' }),
}).openapi('SyncDetail');

const get = createRoute({
  ...described,
  method: 'get',
  path: '/{id}',
  summary: 'One sync with its document and its last runs',
  request: { params: NamedById },
  responses: { 200: json('The sync', SyncDetail), ...refusals() },
});

const plan = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/plan',
  summary: 'What a run would send now, without sending anything',
  request: { params: NamedById, query: z.strictObject({ resync: flag('What a resync would send, in place of a run.') }) },
  responses: { 200: json('The plan, with a sample of rows in which personal data is masked', SyncPreview), ...refusals(409) },
});

const RunRequest = z
  .strictObject({
    allow_removals: z.number().int().min(0).optional().openapi({
      description: 'Lets this run remove at most so many rows, in place of the guard.',
    }),
    resync: z.boolean().optional().openapi({ description: 'Sends everything again, removals included.' }),
  })
  .openapi('SyncRunRequest');

const run = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/runs',
  summary: 'Send the differences of a sync now',
  description: 'Answers at once: the run is a durable job, which `sluice serve` takes.',
  request: { params: NamedById, headers: idempotencyHeaders, body: { required: false, ...json('An ordinary run without it', RunRequest) } },
  responses: { 202: json('Queued', JobStarted), ...refusals(409, 413) },
});

const reset = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/reset',
  summary: 'Forget what was sent; nothing is changed at the destination',
  description: 'Without `"confirm": true` it only says what it would do. The next run sends every row of the source as new.',
  request: {
    params: NamedById,
    body: {
      required: false,
      ...json('Whether it is meant', z.strictObject({ confirm: z.boolean().default(false) }).openapi('SyncResetRequest')),
    },
  },
  responses: { 200: json('What is forgotten, and what stays at the destination', SyncReset), ...refusals(409, 413) },
});

export function syncRoutes({ apiKeys, queue, syncs, isRunning }: SyncRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.post('*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => context.json({ syncs: await listSyncs(await syncs(), isRunning) }, 200))
    .openapi(get, async (context) => {
      const { id } = context.req.valid('param');
      const deps = await syncs();
      const definition = await readSync(deps, id);
      const { runs, ...listing } = await syncStatus(deps, id, isRunning, 10);
      return context.json({ ...listing, definition: asJson(definition), runs: [...runs] }, 200);
    })
    .openapi(plan, async (context) => {
      const { resync: isResync } = context.req.valid('query');
      const { signal } = context.req.raw;
      return context.json(await planSync(await syncs(), context.req.valid('param').id, { signal, isResync }), 200);
    })
    .openapi(run, async (context) => {
      const { id } = context.req.valid('param');
      // A request without a body is one for an ordinary run.
      const { allow_removals, resync: is_resync } = context.req.valid('json') ?? {};
      await readSync(await syncs(), id);
      const special = { ...(allow_removals === undefined ? {} : { allow_removals }), ...(is_resync ? { is_resync } : {}) };
      const { jobId, how } = await startJob(await queue(), { name: 'sync.run', id, ...special }, callKey(context));
      if (how === 'waiting' && Object.keys(special).length > 0)
        throw errors.run_waiting(`A run of ${id} is waiting already, without that permission`);
      return context.json({ job_id: jobId, is_new: how === 'queued' }, 202);
    })
    .openapi(reset, async (context) => {
      const { id } = context.req.valid('param');
      const deps = await syncs();
      await readSync(deps, id);
      const isConfirmed = context.req.valid('json')?.confirm ?? false;
      return context.json(await resetSync(deps, id, { isConfirmed }), 200);
    });
}
