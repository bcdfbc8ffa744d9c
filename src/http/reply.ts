/** What descriptions of routes are made of: JSON bodies, refusals, pages. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Page, type PagePosition, type PageRequest, startOfPages } from '../warehouse/page.ts';
import type { HttpEnvironment } from './environment.ts';
import { ErrorReply } from './error-reply.ts';
import { errors } from './errors.ts';

/** A body in JSON. */
export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What a call with a key may be answered besides what it asked for, with the reason in words. */
const REASONS = {
  400: 'The request says things that do not go together',
  401: 'No valid API key',
  403: 'The API key lacks the scope',
  404: 'There is no such thing, or no build has made the table that it is in',
  408: 'The body came too slowly',
  409: 'Something else happened, or is happening, that this call does not go with',
  413: 'The body is too large',
  422: 'The request does not fit its description, or what it names cannot be used',
  429: 'Too much was sent: try again after Retry-After seconds',
  500: 'The installation is not set up for this, or the service failed',
  503: 'What is needed does not answer now: try again after Retry-After seconds',
} as const;
type Refused = keyof typeof REASONS;

type Refusal = ReturnType<typeof json<typeof ErrorReply>>;

/** Of every call with a key. */
const ALWAYS: readonly Refused[] = [401, 403, 404, 422, 500, 503];

/**
 * For `responses` of a route that only a key may call: every status besides its own. To a client's types all of them are one, `default`: a
 * status each would make types that take the compiler seconds.
 *
 * @param own statuses of this route besides those that every such route has.
 */
export const refusals = (...own: readonly Refused[]) => refused(...ALWAYS, ...own);

/** The same for a route that needs no key. */
export function refused(...statuses: readonly Refused[]): { readonly default: Refusal } {
  const replies = [...new Set(statuses)].sort().map((status) => [status, json(REASONS[status], ErrorReply)] as const);
  return Object.fromEntries(replies) as unknown as { readonly default: Refusal };
}

/** For routes that only a key may call. */
export const secured = { security: [{ apiKey: [] }] };

const MAX_PAGE = 200;

/** Of a list that may be long: how much of it, and from where on. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50).openapi({ description: 'How many at most.' }),
  cursor: z.string().max(200).optional().openapi({ description: '`next` of the page before. Left out: from the newest on.' }),
};

export const next = z.string().nullable().openapi({ description: '`cursor` of the page that follows; null on the last.' });

const Position = z.tuple([z.iso.datetime(), z.int().min(0).max(10_000_000)]);

/** @throws CdpError `http.invalid` for a cursor that none of our pages has given out. */
export function pageRequest({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): PageRequest {
  return { limit, from: cursor === undefined ? startOfPages : positionOf(cursor) };
}

function positionOf(cursor: string): PagePosition {
  try {
    const [at, skip] = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at, skip };
  } catch (cause) {
    throw errors.invalid('`cursor` is not one of ours: take `next` of the page before', { cause });
  }
}

/** A page as it is answered: its items under `name`, and `next`. */
export function pageReply<N extends string, T>(name: N, { items, next: position }: Page<T>) {
  const cursor = position === null ? null : Buffer.from(JSON.stringify([position.at, position.skip])).toString('base64url');
  return { [name]: [...items], next: cursor } as unknown as { [K in N]: T[] } & { next: string | null };
}

/** Names of documents, jobs and runs: anything printable that is not long. What is none is answered 404, not looked up. */
export const name = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u, 'a name of at most 200 characters')
  .openapi({ example: 'lapsing-to-crm' });

export const NamedById = z.object({ id: name });
export const byUuid = z.object({ id: z.uuid().openapi({ example: '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6' }) });

/** A switch of a query string: `true`, `1`, `yes`, and their opposites. */
export const flag = (description: string) => z.stringbool().default(false).openapi({ type: 'boolean', description });

export const unmask = flag('Personal data as it is, not masked. Needs the scope admin.');

/** Of calls that start something: the same key once more is the same call. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z.string().min(1).max(200).optional().openapi({
    description: 'A text of your own for this one call: when the answer is lost, repeat it with the same. Kept for fourteen days.',
  }),
});

/** Two keys of the API never mean the same call, and neither do two routes. */
export function callKey(context: Context<HttpEnvironment>): string | undefined {
  const key = context.req.header('idempotency-key');
  return key === undefined ? undefined : JSON.stringify([context.get('apiKey').id, context.req.method, context.req.path, key]);
}
