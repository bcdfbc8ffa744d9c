/** Tells an address that does not exist from one that takes other methods. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { HttpEnvironment } from './environment.ts';
import { replyError } from './error-reply.ts';
import { errors } from './errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Answers what no route took. Called when all routes are there. */
export function noRouteReply(app: OpenAPIHono<HttpEnvironment>): (context: Context<HttpEnvironment>) => Response {
  const router = new TrieRouter<true>();
  // `ALL` is middleware: it is at every address.
  for (const { method, path } of app.routes) if (method !== 'ALL') router.add(method, path, true);
  return (context) => {
    const allowed = METHODS.filter((method) => router.match(method, context.req.path)[0].length > 0);
    if (allowed.length === 0) return replyError(errors.no_such_route('There is nothing at this address'), context);
    context.header('Allow', allowed.join(', '));
    return replyError(errors.no_such_method(`This address does not take ${context.req.method}`), context);
  };
}
