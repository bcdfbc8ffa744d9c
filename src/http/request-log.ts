/** One line per request: what was asked, what came of it, how long it took. Never a body, a query string, an address or a key. */
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { HttpEnvironment } from './environment.ts';

export function requestLog(logger: Logger): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const startedAt = performance.now();
    context.set('log', logOf(context, logger));
    await next();
    logRequest(context, 'info', startedAt);
  };
}

export function logOf(context: Context<HttpEnvironment>, logger: Logger): () => Logger {
  let log: Logger | undefined;
  return () => (log ??= logger.child({ request_id: context.get('requestId') }));
}

/** @param startedAt of `performance.now`. */
export function logRequest(context: Context<HttpEnvironment>, level: 'info' | 'debug', startedAt: number): void {
  context
    .get('log')()
    [level](
      {
        method: context.req.method,
        // The route's pattern, not the path: an id in a path may be a person's e-mail address.
        route: routePath(context, -1),
        status: context.res.status,
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
}
