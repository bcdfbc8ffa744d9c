/** GET /healthz: the process answers. GET /readyz: what it needs answers too; a load balancer sends traffic only then. */
import { createRoute, z } from '@hono/zod-openapi';
import { createRoutes } from './routes.ts';

/** Each resolves when the part answers, and throws when it does not. */
export type Probes = Readonly<Record<string, () => Promise<void>>>;

/** Load balancers wait a few seconds at most. */
const PROBE_TIMEOUT_MS = 2_000;

const Readiness = z.object({ ready: z.boolean(), parts: z.record(z.string(), z.enum(['ok', 'failed'])) }).openapi('Readiness');
const json = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: { 'application/json': { schema } } });

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Health'],
  summary: 'Whether the process answers',
  responses: { 200: json('It does', z.object({ status: z.literal('ok') })) },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['Health'],
  summary: 'Whether warehouse and control plane answer',
  responses: { 200: json('All do', Readiness), 503: json('At least one does not', Readiness) },
});

export function healthRoutes(probes: Probes) {
  return createRoutes()
    .openapi(healthz, (context) => context.json({ status: 'ok' as const }, 200))
    .openapi(readyz, async (context) => {
      const parts = Object.fromEntries(
        await Promise.all(
          Object.entries(probes).map(async ([name, probe]): Promise<[string, 'ok' | 'failed']> => [name, await outcomeOf(probe)]),
        ),
      );
      const ready = Object.values(parts).every((outcome) => outcome === 'ok');
      return context.json({ ready, parts }, ready ? 200 : 503);
    });
}

async function outcomeOf(probe: () => Promise<void>): Promise<'ok' | 'failed'> {
  const late = new Promise<'failed'>((resolve) => setTimeout(() => resolve('failed'), PROBE_TIMEOUT_MS).unref());
  return Promise.race([
    probe().then(
      () => 'ok' as const,
      () => 'failed' as const,
    ),
    late,
  ]);
}
