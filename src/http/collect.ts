/** POST /v1/batch and /v1/{track,identify,page,screen,group,alias}: the Segment HTTP API, as its clients really call it. */
import { type RouteConfig, z } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import type { Collector } from '../collect/collector.ts';
import { MESSAGE_TYPES } from '../collect/message.ts';
import { errorResponses } from './error-reply.ts';
import { createRoutes } from './routes.ts';

const CollectReply = z
  .object({
    success: z.literal(true).openapi({ description: 'Everything that came is stored.' }),
    accepted: z.number().int(),
    rejected: z.array(z.object({ index: z.number().int(), reason: z.string(), detail: z.string() })).openapi({
      description: 'By place in the batch. Clients drop what is answered 4xx, so a bad message never fails its batch; it is kept aside.',
    }),
  })
  .openapi('CollectReply');

const anyBody = {
  description: 'JSON, whatever the content type says; gzip is recognised by its first bytes. At most 500 KiB unpacked.',
  content: { 'application/json': { schema: z.object({}).loose() } },
};

/** Described by hand: the framework's own routes check the content type, which clients do not keep to. */
const described = (call: string): RouteConfig => ({
  method: 'post',
  path: `/${call}`,
  tags: ['Collect'],
  summary: call === 'batch' ? 'Send up to 500 KiB of messages at once' : `Send one ${call} message`,
  description: 'The write key is the user name of Basic authentication, or `writeKey` in the body. Answered when all is durable.',
  request: { body: anyBody },
  responses: { 200: { description: 'Stored', content: { 'application/json': { schema: CollectReply } } }, ...errorResponses },
});

/** What some clients of the same API call it: Java imports, and browsers and phones abbreviate, so that lists of blocked words miss it. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  batch: ['b', 'import'],
  track: ['t'],
  identify: ['i'],
  page: ['p'],
  screen: ['s'],
  group: ['g'],
  alias: ['a'],
};

/** A day: browsers keep a preflight for at most two hours or a day, and an event sent while a page closes has no time for one. */
const PREFLIGHT_SECONDS = 86_400;

export function collectRoutes(collector: Collector) {
  const app = createRoutes();
  // Any origin, and whatever headers are asked for: clients add some exactly when they retry.
  app.use(
    cors({ origin: '*', allowMethods: ['POST', 'OPTIONS'], maxAge: PREFLIGHT_SECONDS, exposeHeaders: ['Retry-After', 'X-Request-Id'] }),
  );

  for (const call of ['batch', ...MESSAGE_TYPES] as const) {
    app.openAPIRegistry.registerPath(described(call));
    const names = [call, ...(OTHER_NAMES[call] ?? [])];
    // A trailing slash is how some clients write it.
    app.on(
      'POST',
      names.flatMap((name) => [`/${name}`, `/${name}/`]),
      async (context) => {
        const { accepted, rejected } = await collector.collect({
          call,
          authorization: context.req.header('authorization'),
          body: new Uint8Array(await context.req.arrayBuffer()),
          requestId: context.get('requestId'),
        });
        return context.json({ success: true as const, accepted, rejected: [...rejected] }, 200);
      },
    );
  }
  return app;
}
