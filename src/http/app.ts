/** The service's HTTP face: one file per resource, put together here. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import type { Collector } from '../collect/collector.ts';
import { collectRoutes } from './collect.ts';
import { addDocumentation } from './documentation.ts';
import type { HttpEnvironment } from './environment.ts';
import { onError, replyError } from './error-reply.ts';
import { errors } from './errors.ts';
import { healthRoutes, type Probes } from './health.ts';
import { requestLog } from './request-log.ts';

export interface HttpDependencies {
  readonly logger: Logger;
  readonly collector: Collector;
  readonly probes: Probes;
}

/** Past this a body is not even read. Collection refuses, and records, what is over its own limit long before. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export function createHttpApp(deps: HttpDependencies) {
  const app = new OpenAPIHono<HttpEnvironment>();
  app.onError(onError);
  app.notFound((context) => replyError(errors.no_such_route('There is nothing at this address for this method'), context));

  app.use(requestId());
  app.use(requestLog(deps.logger));
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
      },
      // Collection answers pages of other origins.
      crossOriginResourcePolicy: 'cross-origin',
    }),
  );
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES }));

  app.route('/', healthRoutes(deps.probes));
  app.route('/v1', collectRoutes(deps.collector));
  addDocumentation(app);
  return app;
}
