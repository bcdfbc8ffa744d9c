/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';
import { AnyJson } from '../documents/any-json.ts';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });

export const StoredEvent = z
  .object({
    message_id: z.string(),
    type: z.string().openapi({ example: 'track' }),
    event: z.string().openapi({ description: 'Name of a tracked event, page or screen; empty for the others.' }),
    source: z.string(),
    anonymous_id: z.string().openapi({ description: 'Masked unless `unmask` is set, as are the two below.' }),
    user_id: z.string(),
    group_id: z.string(),
    occurred_at: at,
    received_at: at,
    time_correction: z.string(),
    message: AnyJson.openapi({ description: 'What was accepted. Its values are masked unless `unmask` is set.' }),
  })
  .openapi('StoredEvent');
export type StoredEvent = z.output<typeof StoredEvent>;

export const RejectedEvent = z
  .object({
    received_at: at,
    source: z.string(),
    message_id: z.string(),
    reason: z.string().openapi({ description: 'A stable word.' }),
    detail: z.string().openapi({ description: 'The same as a sentence, with what would have been accepted.' }),
    message: z.string().nullable().openapi({ description: 'What arrived, as text; null unless `unmask` is set.' }),
    message_bytes: z.number().int(),
    request_id: z.string(),
  })
  .openapi('RejectedEvent');
export type RejectedEvent = z.output<typeof RejectedEvent>;
