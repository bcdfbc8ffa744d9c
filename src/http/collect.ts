/**
 * POST /v1/batch and /v1/{track,identify,page,screen,group,alias}: the Segment HTTP API, as its clients really call it; the same messages as
 * RudderStack's and Jitsu's browser clients send them.
 */
import { type RouteConfig, z } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import type { Collector } from '../collect/collector.ts';
import { MESSAGE_TYPES, type MessageType } from '../collect/message.ts';
import { butForEvents, EXPOSED_HEADERS } from './event-calls.ts';
import { json, refused } from './reply.ts';
import { incomingBody } from './request-body.ts';
import { createRoutes } from './routes.ts';
import { addStartUpCalls, keyOf } from './sdk-settings.ts';

const CollectReply = z
  .object({
    success: z.literal(true).openapi({ description: 'Everything that came is stored.' }),
    accepted: z.number().int(),
    rejected: z.array(z.object({ index: z.number().int(), reason: z.string(), detail: z.string() })).openapi({
      description:
        'By place in the batch, at most 1,000. Clients drop what is answered 4xx, so a bad message never fails its batch; it is kept aside.',
    }),
    unlisted: z.number().int().optional().openapi({ description: 'How many more were rejected than are listed.' }),
  })
  .openapi('CollectReply');

const anyBody = {
  description: 'JSON, whatever the content type says; gzip is recognised by its first bytes. At most 500 KiB, as sent and unpacked.',
  content: { 'application/json': { schema: z.object({}).loose() } },
};

/** Described by hand: the framework's own routes check the content type, which clients do not keep to. */
const described = (call: string): RouteConfig => ({
  method: 'post',
  path: `/v1/${call}`,
  tags: ['Collect'],
  summary: call === 'batch' ? 'Send up to 500 KiB of messages at once' : `Send one ${call} message`,
  description:
    'The write key is the user name of Basic authentication, `X-Write-Key`, `?writeKey=`, or `writeKey` in the body. Answered when all is durable.',
  request: { body: anyBody },
  responses: { 200: json('Stored', CollectReply), ...refused(400, 401, 403, 404, 408, 413, 422, 429, 500, 503) },
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

/** Some clients add `/v1/…` to whatever address they are given, also where it ends in `/v1` or `/v1/batch` already. */
const PREFIXES = ['/v1', '/v1/v1', '/v1/batch/v1'];
/** Jitsu's browser and server clients: one message each. */
const JITSU_PREFIXES = ['/api/s', '/api/s/s2s'];
/** RudderStack's browser client, while a page closes: sendBeacon, which sets no header. */
const BEACON = '/beacon/v1/batch';

/** Every address of a call, with and without the slash that some clients end it with. */
function addressesOf(call: MessageType | 'batch'): string[] {
  const names = [call, ...(OTHER_NAMES[call] ?? [])];
  const segment = PREFIXES.flatMap((prefix) => names.map((name) => `${prefix}/${name}`));
  const others = call === 'batch' ? [BEACON] : JITSU_PREFIXES.map((prefix) => `${prefix}/${call}`);
  return [...segment, ...others].flatMap((address) => [address, `${address}/`]);
}

/** A day: browsers keep a preflight for at most two hours or a day, and an event sent while a page closes has no time for one. */
const PREFLIGHT_SECONDS = 86_400;

/** Any origin, and whatever headers are asked for: clients add some exactly when they retry. */
const anyOrigin = (allowMethods: string[]) =>
  cors({ origin: '*', allowMethods, maxAge: PREFLIGHT_SECONDS, exposeHeaders: EXPOSED_HEADERS });

/** Beacons come with credentials, for which browsers do not take `*`. Nothing here looks at a cookie. */
const anyOriginWithCredentials = cors({
  origin: (origin) => origin,
  allowMethods: ['POST', 'OPTIONS'],
  credentials: true,
  maxAge: PREFLIGHT_SECONDS,
});

/** @param bodyTimeoutMs how long a body may take to arrive. */
export function collectRoutes(collector: Collector, bodyTimeoutMs: number) {
  const app = createRoutes();
  for (const path of ['/v1/*', '/api/s/*']) app.use(path, butForEvents(anyOrigin(['POST', 'GET', 'OPTIONS'])));
  app.use('/sourceConfig/*', anyOrigin(['GET', 'OPTIONS']));
  app.use('/beacon/*', butForEvents(anyOriginWithCredentials));

  for (const call of ['batch', ...MESSAGE_TYPES] as const) {
    app.openAPIRegistry.registerPath(described(call));
    app.on('POST', addressesOf(call), async (context) => {
      const { accepted, rejected, unlisted } = await collector.collect({
        call,
        key: keyOf(context),
        body: incomingBody(context, bodyTimeoutMs),
        requestId: context.get('requestId'),
      });
      return context.json({ success: true as const, accepted, rejected: [...rejected], ...(unlisted > 0 && { unlisted }) }, 200);
    });
  }
  addStartUpCalls(app, collector);
  return app;
}
