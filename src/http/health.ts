/** GET /healthz: the process is of use. GET /readyz: what collection needs works too; a load balancer sends traffic only then. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import { CdpError } from '../errors.ts';
import { json } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface Probe {
  /** Whether the service is ready only when this works. */
  readonly isNeeded: boolean;
  /** Resolves when the part works, and throws why it does not. `signal` is aborted when the answer is no longer awaited. */
  check(signal: AbortSignal): Promise<void>;
}
export type Probes = Readonly<Record<string, Probe>>;

export interface HealthDependencies {
  readonly probes: Probes;
  /** Whether this process can never work again; by default it always may. */
  readonly hasGivenUp?: () => boolean;
  readonly logger: Logger;
}

/** Load balancers wait a few seconds at most. */
const PROBE_TIMEOUT_MS = 2_000;
/** However often /readyz is called, the parts are asked once in this time. */
const FRESH_MS = 1_000;

const Outcome = z.enum(['ok', 'failed']);
type Outcome = z.output<typeof Outcome>;
const Readiness = z
  .object({
    ready: z.boolean().openapi({ description: 'Whether events are taken and stored. The API may need more: `control_plane`.' }),
    parts: z.record(z.string(), Outcome),
  })
  .openapi('Readiness');

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Health'],
  summary: 'Whether the process is of use',
  responses: {
    200: json('It is, or will be again by itself', z.object({ status: z.literal('ok') })),
    503: json('It will never be again: start another', z.object({ status: z.literal('given_up') })),
  },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['Health'],
  summary: 'Whether events are taken and stored',
  description:
    'Needs the warehouse, space on its disk, and inserts that succeed. The control plane is shown but not needed: collection goes on without it.',
  responses: { 200: json('They are', Readiness), 503: json('They are not', Readiness) },
});

export function healthRoutes({ probes, logger, hasGivenUp = () => false }: HealthDependencies) {
  const readiness = createReadiness(probes, logger);
  return createRoutes()
    .openapi(healthz, (context) =>
      hasGivenUp() ? context.json({ status: 'given_up' as const }, 503) : context.json({ status: 'ok' as const }, 200),
    )
    .openapi(readyz, async (context) => {
      const answer = await readiness();
      return context.json(answer, answer.ready ? 200 : 503);
    });
}

/** Calls within a second of each other get the same answer. Changes are logged, with the reason, which strangers are not told. */
function createReadiness(probes: Probes, logger: Logger): () => Promise<z.output<typeof Readiness>> {
  const parts = Object.entries(probes).map(([name, probe]) => ({ name, probe, ask: askOnce(name, probe, logger) }));
  let latest: { readonly askedAtMs: number; readonly answer: Promise<z.output<typeof Readiness>> } | undefined;

  async function ask() {
    const outcomes = await Promise.all(parts.map(async ({ name, probe, ask }) => ({ name, probe, outcome: await ask() })));
    return {
      ready: outcomes.every(({ probe, outcome }) => outcome === 'ok' || !probe.isNeeded),
      parts: Object.fromEntries(outcomes.map(({ name, outcome }) => [name, outcome])),
    };
  }

  return () => {
    if (latest === undefined || performance.now() - latest.askedAtMs > FRESH_MS) latest = { askedAtMs: performance.now(), answer: ask() };
    return latest.answer;
  };
}

/** One question at a time: a part that does not answer has failed, and is not asked again before it has answered or given up. */
function askOnce(name: string, probe: Probe, logger: Logger): () => Promise<Outcome> {
  let isUnderWay = false;
  let last: Outcome = 'ok';

  function settle(outcome: Outcome, error?: unknown): Outcome {
    if (outcome !== last) {
      if (outcome === 'ok') logger.info({ part: name }, 'works again');
      else logger.warn({ part: name, reason: reasonOf(error) }, 'does not work');
    }
    last = outcome;
    return outcome;
  }

  return async () => {
    if (isUnderWay) return last;
    isUnderWay = true;
    const late = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const tooLate = Promise.withResolvers<Outcome>();
    const onLate = () => tooLate.resolve(settle('failed', late.reason));
    late.addEventListener('abort', onLate, { once: true });
    const answer = probe
      .check(late)
      .then(
        () => settle('ok'),
        (error: unknown) => settle('failed', error),
      )
      .finally(() => {
        late.removeEventListener('abort', onLate);
        isUnderWay = false;
      });
    return Promise.race([answer, tooLate.promise]);
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof CdpError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : 'unknown';
}
