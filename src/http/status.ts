/** /api/status: how everything is doing; /api/sources: what arrives. */
import { createRoute, z } from '@hono/zod-openapi';
import { SourceListing, Status } from '../status/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface StatusRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly status: () => Promise<Status>;
  readonly sources: () => Promise<SourceListing[]>;
}

const status = createRoute({
  ...secured,
  method: 'get',
  path: '/status',
  tags: ['Status'],
  summary: 'What arrives, the last build, and how segments, syncs and jobs are doing',
  responses: { 200: json('The same as `sluice status --json`', Status), ...refusals() },
});

const sources = createRoute({
  ...secured,
  method: 'get',
  path: '/sources',
  tags: ['Events'],
  summary: 'What arrives: events and loaded tables, by source',
  responses: { 200: json('Newest first', z.object({ sources: z.array(SourceListing) })), ...refusals() },
});

export function statusRoutes({ apiKeys, status: readStatus, sources: listSources }: StatusRoutes) {
  const app = createRoutes();
  for (const { path } of [status, sources]) app.use(path, requireScope(apiKeys, 'read'));
  return app
    .openapi(status, async (context) => context.json(await readStatus(), 200))
    .openapi(sources, async (context) => context.json({ sources: await listSources() }, 200));
}
