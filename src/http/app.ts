/** The service's HTTP face: one file per resource, put together here. */
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { timeout } from 'hono/timeout';
import type { Logger } from 'pino';
import type { Collector } from '../collect/collector.ts';
import { type ApiDependencies, apiRoutes } from './api.ts';
import { limitBody } from './body-limit.ts';
import { collectRoutes } from './collect.ts';
import { addDocumentation } from './documentation.ts';
import { onError } from './error-reply.ts';
import { butForEvents, eventCalls } from './event-calls.ts';
import { type HealthDependencies, healthRoutes } from './health.ts';
import { noRouteReply } from './no-route-reply.ts';
import { ANSWER_MS } from './replacement.ts';
import { requestLog } from './request-log.ts';
import { createRoutes } from './routes.ts';

export interface HttpDependencies extends HealthDependencies {
  readonly logger: Logger;
  readonly collector: Collector;
  /** How long the body of a collection request may take to arrive. */
  readonly bodyTimeoutMs?: number;
  readonly api: ApiDependencies;
}

const BODY_TIMEOUT_MS = 30_000;

export function createHttpApp(deps: HttpDependencies) {
  const app = createRoutes();
  app.onError(onError);

  app.use(requestId());
  app.use(eventCalls(deps.logger));
  const others = [
    requestLog(deps.logger),
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
      },
      // The settings of SDKs are asked for by pages of other origins.
      crossOriginResourcePolicy: 'cross-origin',
    }),
    limitBody(),
    // Proxies give up after a minute. What brings events has limits of its own for each of its steps.
    timeout(ANSWER_MS),
  ];
  for (const middleware of others) app.use(butForEvents(middleware));

  app.route('/', healthRoutes(deps));
  app.route('/', collectRoutes(deps.collector, deps.bodyTimeoutMs ?? BODY_TIMEOUT_MS));
  app.route('/', apiRoutes(deps.api));
  addDocumentation(app);
  app.notFound(noRouteReply(app));
  return app;
}
