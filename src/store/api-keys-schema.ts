/** What is answered of API keys over HTTP. The tables of the control plane are in schema.ts. */
import { z } from '@hono/zod-openapi';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });

const scope = z.enum(['collect', 'read', 'admin']);

export const ApiKeyListing = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ description: 'First characters of the key, enough to recognise it by.' }),
    scopes: z.array(scope).readonly(),
    source: z.string().nullable().openapi({ description: 'The source whose events it sends; null unless it has the scope collect.' }),
    max_messages_per_second: z.number().int().nullable(),
    created_at: at,
    last_used_at: at.nullable().openapi({ description: 'To the minute.' }),
    revoked_at: at.nullable(),
  })
  .openapi('ApiKey');
export type ApiKeyListing = z.output<typeof ApiKeyListing>;

export const NewApiKey = z
  .strictObject({
    name: z.string().min(1).max(100),
    scopes: z.array(scope).min(1).max(3),
    source: z.string().max(64).optional().openapi({ example: 'web', description: 'Needed with the scope collect, and only there.' }),
    max_messages_per_second: z.number().int().min(1).max(2_147_483_647).optional().openapi({
      description: 'With the scope collect: its own limit, over ten seconds; further messages are answered 429.',
    }),
  })
  .openapi('NewApiKey');
export type NewApiKey = z.output<typeof NewApiKey>;
