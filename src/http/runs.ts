/** /api/runs: runs of all syncs, and the rows of each that were not taken. */
import { createRoute, z } from '@hono/zod-openapi';
import type { ApiKeys } from '../store/api-keys.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { listExceptions, listRuns, readRun } from '../syncs/runs.ts';
import { RowException, SyncRun } from '../syncs/schema.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import { byUuid, json, name, next, pageQuery, pageReply, pageRequest, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface RunRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly syncs: () => Promise<Pick<SyncDeps, 'warehouse'>>;
}

const described = { ...secured, method: 'get' as const, tags: ['Syncs'] };

const list = createRoute({
  ...described,
  path: '/',
  summary: 'Runs of syncs, newest first',
  request: { query: z.strictObject({ sync_id: name.optional(), status: SyncRun.shape.status.optional(), ...pageQuery }) },
  responses: { 200: json('A page of runs', z.object({ runs: z.array(SyncRun), next })), ...refusals() },
});

const get = createRoute({
  ...described,
  path: '/{id}',
  summary: 'One run',
  request: { params: byUuid },
  responses: { 200: json('The run', SyncRun), ...refusals() },
});

const exceptions = createRoute({
  ...described,
  path: '/{id}/exceptions',
  summary: 'Rows of a run that were refused, not answered for, or not sent, with the reasons',
  request: { params: byUuid, query: z.strictObject({ unmask, ...pageQuery }) },
  responses: { 200: json('A page of rows', z.object({ exceptions: z.array(RowException), next })), ...refusals() },
});

export function runRoutes({ apiKeys, syncs }: RunRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(list, async (context) => {
      const { sync_id: syncId, status, ...page } = context.req.valid('query');
      return context.json(pageReply('runs', await listRuns(await syncs(), { syncId, status }, pageRequest(page))), 200);
    })
    .openapi(get, async (context) => context.json(await readRun(await syncs(), context.req.valid('param').id), 200))
    .openapi(exceptions, async (context) => {
      const query = context.req.valid('query');
      const shown = { isUnmasked: mayUnmask(context, query) };
      const { id } = context.req.valid('param');
      return context.json(pageReply('exceptions', await listExceptions(await syncs(), id, pageRequest(query), shown)), 200);
    });
}
