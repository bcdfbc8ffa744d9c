/** /api/identity/what-if: what another rule or decision would change. Answers as a stream of events: it takes as long as two builds. */
import { createRoute, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { Change } from '../identity/change.ts';
import { parseIdentifier } from '../identity/identifier.ts';
import { RulesBlock } from '../identity/rules.ts';
import { type Progress, type WhatIfDeps, whatIf } from '../identity/what-if.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { asKnown } from './error-reply.ts';
import { errors } from './errors.ts';
import { refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface WhatIfRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly identity: () => Promise<WhatIfDeps>;
}

const identifier = z.string().openapi({ example: 'email:ada@example.com', description: 'type:value, in any spelling.' });
const pairs = z.array(z.tuple([identifier, identifier])).default([]);

const Question = z
  .object({
    set: z
      .record(z.string(), z.unknown())
      .default({})
      .openapi({
        description: 'Rules below vars.sluice.identity, by path.',
        example: { 'entities.person.identifiers.email.limit.max': 3 },
      }),
    rules: z.custom<unknown>().optional().openapi({ type: 'object', description: 'A block of rules in place of the project’s.' }),
    never_link: pairs,
    force_link: pairs,
    never_use: z.array(identifier).default([]),
    without_decisions: z.array(z.string()).default([]).openapi({ description: 'Ids of decisions, as if they had never been made.' }),
    entity: z.string().optional(),
  })
  .openapi('WhatIf');

const ask = createRoute({
  ...secured,
  method: 'post',
  path: '/',
  tags: ['Identity'],
  summary: 'Which profiles, segments and syncs another rule or decision would change',
  description:
    'Events with JSON as their data: `progress` (`done`, `steps`, `doing`) while it works, at last `report`, or `error` in the shape of `Error`. ' +
    'Closing the connection ends the work. Nothing is published, and no build runs meanwhile.',
  request: { body: { required: true, content: { 'application/json': { schema: Question } } } },
  responses: {
    200: { description: 'Progress, then the report', content: { 'text/event-stream': { schema: z.string() } } },
    ...refusals(409, 413),
  },
});

export function whatIfRoutes({ apiKeys, identity }: WhatIfRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'admin'));
  return app.openapi(ask, async (context) => {
    const { entity, ...question } = context.req.valid('json');
    const change = changeOf(question);
    const deps = await identity();
    return streamSSE(context, async (events) => {
      const stop = new AbortController();
      events.onAbort(() => stop.abort());
      const write = (event: 'progress' | 'report' | 'error', data: object) => events.writeSSE({ event, data: JSON.stringify(data) });
      // Events leave in the order in which they are written; waiting for a slow reader would hold up the build.
      const onProgress = (progress: Progress) => void write('progress', progress);
      try {
        await write('report', await whatIf(deps, change, { entity, signal: stop.signal, onProgress }));
      } catch (error) {
        // The status has gone out with the first event: from here on an error is one too.
        const { code, message, hint } = asKnown(error, context);
        await write('error', { error: { code, message, hint, request_id: context.get('requestId') } });
      }
    });
  });
}

function changeOf(question: Omit<z.output<typeof Question>, 'entity'>): Change {
  const pair = (kind: 'never_link' | 'force_link') =>
    question[kind].map(([a, b]) => ({ kind, identifiers: [parseIdentifier(a), parseIdentifier(b)] }) as const);
  const rules = question.rules === undefined ? undefined : RulesBlock.safeParse(question.rules);
  if (rules?.success === false) throw errors.invalid('`rules` holds no identity rules: it needs `entities`');
  return {
    ...(rules && { rules: rules.data }),
    set: question.set,
    decisions: [
      ...pair('never_link'),
      ...pair('force_link'),
      ...question.never_use.map((text) => ({ kind: 'never_use', identifiers: [parseIdentifier(text)] }) as const),
    ],
    withoutDecisions: question.without_decisions,
  };
}
