/** One line per request: what was asked, what came of it, how long it took. Never a body, a query string, an address or a key. */
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { HttpEnvironment } from './environment.ts';

export function requestLog(logger: Logger): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const startedAt = performance.now();
    context.set('log', logger.child({ request_id: context.get('requestId') }));
    await next();
    context.get('log').info(
      {
        method: context.req.method,
        // The route's pattern, not the path: an id in a path may be somebody's e-mail address.
        route: routePath(context, -1),
        status: context.res.status,
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  };
}
