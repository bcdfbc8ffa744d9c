/** /api/keys: API keys of the service, write keys among them. */
import { createRoute, z } from '@hono/zod-openapi';
import { uuidOf } from '../documents/uuid-of.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { ApiKeyListing, NewApiKey } from '../store/api-keys-schema.ts';
import { issueKey, presentKey } from '../store/issue-key.ts';
import { requireScope } from './authentication.ts';
import { byUuid, callKey, idempotencyHeaders, json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface KeyRoutes {
  readonly apiKeys: Pick<ApiKeys, 'create' | 'list' | 'revoke' | 'verify'>;
}

const described = { ...secured, tags: ['Keys'] };

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'API keys, newest first, revoked ones included',
  responses: { 200: json('The keys, without what could be used', z.object({ keys: z.array(ApiKeyListing) })), ...refusals() },
});

const create = createRoute({
  ...described,
  method: 'post',
  path: '/',
  summary: 'Make an API key',
  description: 'A key with the scope collect is a write key: it sends events as its source, and nothing else.',
  request: { headers: idempotencyHeaders, body: { required: true, ...json('The key to make', NewApiKey) } },
  responses: {
    201: json(
      'The key, this once',
      ApiKeyListing.extend({
        key: z.string().openapi({ description: 'Only its hash is stored: it is shown here and never again.' }),
      }).openapi('IssuedApiKey'),
    ),
    ...refusals(400, 409, 413),
  },
});

const revoke = createRoute({
  ...described,
  method: 'delete',
  path: '/{id}',
  summary: 'Revoke an API key',
  description: 'It is refused within two seconds, everywhere. Revoking twice changes nothing.',
  request: { params: byUuid },
  responses: { 200: json('It is revoked', z.object({ id: z.string(), revoked: z.literal(true) })), ...refusals() },
});

export function keyRoutes({ apiKeys }: KeyRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => context.json({ keys: (await apiKeys.list()).map(presentKey) }, 200))
    .openapi(create, async (context) => {
      const call = callKey(context);
      const issued = await issueKey(apiKeys, context.req.valid('json'), call === undefined ? undefined : uuidOf(call));
      return context.json(issued, 201);
    })
    .openapi(revoke, async (context) => {
      const { id } = context.req.valid('param');
      await apiKeys.revoke(id);
      return context.json({ id, revoked: true as const }, 200);
    });
}
