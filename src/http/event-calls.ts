/**
 * Calls that bring events, of which there are thousands a second. What other calls get from middleware that works on the finished answer they
 * get from here, before it is made: to open a finished answer once more costs as much as all else that is done for a message.
 */
import type { Context, MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import type { HttpEnvironment } from './environment.ts';
import { logOf, logRequest } from './request-log.ts';

const PATH = /^\/(v1|api\/s|beacon)\//;

export const bringsEvents = ({ req }: Context<HttpEnvironment>) => req.method === 'POST' && PATH.test(req.path);

/** The middleware, for every call except those that bring events. */
export const butForEvents =
  (middleware: MiddlewareHandler<HttpEnvironment>): MiddlewareHandler<HttpEnvironment> =>
  (context, next) =>
    bringsEvents(context) ? next() : middleware(context, next);

/**
 * For those alone: pages of any origin may read the answer, no browser may take it for something else, and the log has a line for what was
 * refused. What was stored has one at the level debug.
 */
export function eventCalls(logger: Logger): MiddlewareHandler<HttpEnvironment> {
  const isEachLogged = logger.isLevelEnabled('debug');
  return async (context, next) => {
    if (!bringsEvents(context)) return next();
    const startedAt = performance.now();
    context.set('log', logOf(context, logger));
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cross-Origin-Resource-Policy', 'cross-origin');
    if (context.req.path.startsWith('/beacon/')) {
      // Beacons come with credentials, for which browsers do not take `*`. Nothing here looks at a cookie.
      context.header('Access-Control-Allow-Origin', context.req.header('origin') ?? '*');
      context.header('Access-Control-Allow-Credentials', 'true');
      context.header('Vary', 'Origin');
    } else {
      context.header('Access-Control-Allow-Origin', '*');
      context.header('Access-Control-Expose-Headers', EXPOSED_HEADERS.join(','));
    }
    await next();
    if (context.res.status >= 400) logRequest(context, 'info', startedAt);
    else if (isEachLogged) logRequest(context, 'debug', startedAt);
  };
}

/** What a page of another origin may read of an answer besides its body. */
export const EXPOSED_HEADERS = ['Retry-After', 'X-Request-Id'];
