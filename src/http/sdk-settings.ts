/**
 * What SDKs of browsers and phones ask before they send anything: without an answer they send no event at all, and without Sluice's own
 * entry in it they send to their vendor. Source of the shapes: the SDKs themselves, driven in a browser (test/e2e/browser-sdks.e2e.test.ts).
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Collector } from '../collect/collector.ts';
import { outerKey } from '../collect/write-key.ts';
import type { HttpEnvironment } from './environment.ts';
import { refused } from './reply.ts';
import type { createRoutes } from './routes.ts';

const SETTINGS = '/v1/projects/:key/settings';
const SOURCE_CONFIG = ['/sourceConfig', '/sourceConfig/', '/v1/sourceConfig', '/v1/sourceConfig/'];

const described = (path: string, summary: string) => ({
  method: 'get' as const,
  path,
  tags: ['Collect'],
  summary,
  responses: {
    200: { description: 'Send to this address', content: { 'application/json': { schema: z.object({}).loose() } } },
    ...refused(400, 401, 403, 404, 500, 503),
  },
});

export function addStartUpCalls(app: ReturnType<typeof createRoutes>, collector: Collector): void {
  app.openAPIRegistry.registerPath({
    ...described('/v1/projects/{key}/settings', 'What Segment clients of browsers and phones ask first'),
    request: { params: z.object({ key: z.string() }) },
  });
  app.on('GET', [SETTINGS, `${SETTINGS}/`], async (context) => {
    const key = context.req.param('key');
    await collector.assertKey(key);
    return context.json(segmentSettings(key, ownAddress(context)), 200, UNCACHED);
  });

  app.openAPIRegistry.registerPath(described('/sourceConfig/', "What RudderStack's clients of browsers and phones ask first"));
  app.on('GET', SOURCE_CONFIG, async (context) => {
    const key = keyOf(context);
    await collector.assertKey(key);
    return context.json(rudderSourceConfig(key ?? ''), 200, UNCACHED);
  });
}

/** The write key of a request, where it is not in the body. */
export function keyOf(context: Context<HttpEnvironment>): string | undefined {
  return outerKey({
    authorization: context.req.header('authorization'),
    writeKeyHeader: context.req.header('x-write-key'),
    query: context.req.query('writeKey'),
  });
}

/** The answer names the address that was asked: a shared cache must not give it to a client that asks another address. */
const UNCACHED = { 'cache-control': 'no-store' };

interface OwnAddress {
  /** Host and port, as the client wrote them. */
  readonly host: string;
  /** Undefined when it cannot be known: the client then takes its default, https. */
  readonly protocol: 'http' | 'https' | undefined;
}

/**
 * Where the client reached us. It is told so, because a page that names only where its settings are would else send its events to the vendor.
 * A page of https cannot call http; for others the proxy says it; without a proxy nothing does.
 */
function ownAddress(context: Context<HttpEnvironment>): OwnAddress {
  const url = new URL(context.req.url);
  const forwarded = context.req.header('x-forwarded-proto')?.split(',')[0]?.trim();
  const said = forwarded ?? (context.req.header('origin')?.startsWith('https:') ? 'https' : url.protocol.slice(0, -1));
  return { host: url.host, protocol: said === 'http' || said === 'https' ? said : undefined };
}

function segmentSettings(apiKey: string, { host, protocol }: OwnAddress) {
  const enabled = { __default: { enabled: true, integrations: {} } };
  return {
    integrations: {
      'Segment.io': {
        // Without the key the client would send its events with no key, and their source would be unknown.
        apiKey,
        apiHost: `${host}/v1`,
        ...(protocol && { protocol }),
        unbundledIntegrations: [],
        addBundledMetadata: true,
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: { track: enabled, identify: enabled, group: enabled },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    // What the client measures of itself would go to its vendor.
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}

function rudderSourceConfig(writeKey: string) {
  return {
    source: {
      id: 'sluice',
      name: 'sluice',
      writeKey,
      enabled: true,
      workspaceId: 'sluice',
      // Errors and measurements of the client itself would go to its vendor.
      config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
      connections: [],
      destinations: [],
      dataplanes: {},
    },
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}
