/** Bounds the bodies of calls to the API, each and all together, before the key is checked. Calls that bring events bound their own. */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

/** Documents of the API have some kilobytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Of all calls at once; one that does not say its length counts as the largest. */
const MAX_BYTES_AT_ONCE = 16 * MAX_BODY_BYTES;

/** @throws CdpError `http.body_too_large`, `http.overloaded`. */
export function limitBody(): MiddlewareHandler<HttpEnvironment> {
  let held = 0;
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError() {
      throw errors.body_too_large('The body is too large');
    },
  });
  return async (context, next) => {
    const { method } = context.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const isChunked = context.req.header('transfer-encoding') !== undefined;
    const length = isChunked ? MAX_BODY_BYTES : Number.parseInt(context.req.header('content-length') ?? '0', 10);
    // A larger one is refused by its length, unread.
    const bytes = Math.min(length || 0, MAX_BODY_BYTES);
    if (held + bytes > MAX_BYTES_AT_ONCE) throw errors.overloaded('Too many calls with a body are under way');
    held += bytes;
    try {
      return await limit(context, next);
    } finally {
      held -= bytes;
    }
  };
}
