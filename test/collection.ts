/** The service as a client of it sees it: real warehouse, real control plane, no socket. */
import { Writable } from 'node:stream';
import * as z from 'zod';
import { connectors } from '../connectors/registry.ts';
import { createCollector } from '../src/collect/collector.ts';
import { createLanding } from '../src/collect/landing.ts';
import { createLandingWatch } from '../src/collect/landing-watch.ts';
import { createRefusals } from '../src/collect/refusals.ts';
import { DOCUMENT_KINDS } from '../src/document-kinds.ts';
import { createHttpApp } from '../src/http/app.ts';
import { createLogger } from '../src/log.ts';
import { followReportedBuild } from '../src/reported-builds.ts';
import { openQueue, type Queue } from '../src/schedule/queue.ts';
import { probesOf } from '../src/status/probes.ts';
import { listSources, readStatus } from '../src/status/status.ts';
import { defaultDelivery } from '../src/syncs/deps.ts';
import { runningSyncs } from '../src/syncs/lease.ts';
import { defineQuery } from '../src/warehouse/query.ts';
import { testStore } from './store.ts';
import { testWarehouse } from './warehouse.ts';

/** @param knownKeys keys that recordings hold, and the source that each is for. */
export async function testCollection(knownKeys: ReadonlyMap<string, string> = new Map()) {
  const [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
  const log: string[] = [];
  const destination = new Writable({
    write(line, _encoding, done) {
      log.push(String(line));
      done();
    },
  });
  const watch = createLandingWatch();
  const landing = createLanding(warehouse.owner, undefined, watch);
  const refusals = createRefusals(warehouse.owner);
  let opened: Promise<Queue> | undefined;
  const queue = () => (opened ??= openQueue(store, { kinds: DOCUMENT_KINDS, onError: (error) => log.push(error.message) }));
  const statusDeps = async () => ({
    warehouse,
    store,
    queue: await queue(),
    syncs: { warehouse, resources: store.resources },
    kinds: DOCUMENT_KINDS,
  });
  const syncDeps = () => ({
    warehouse,
    resources: store.resources,
    secrets: store.secrets,
    leases: store.leases,
    connectors,
    catalogue: () => Promise.reject(new Error('not under test')),
    environment: {},
    delivery: defaultDelivery,
  });
  const app = createHttpApp({
    logger: createLogger({ SLUICE_LOG_LEVEL: 'trace' }, destination),
    collector: createCollector({
      apiKeys: {
        async verify(plain) {
          const source = knownKeys.get(plain);
          return source === undefined ? store.apiKeys.verify(plain) : { id: 'recorded', scopes: ['collect'], source };
        },
      },
      landing,
      refusals,
    }),
    probes: probesOf(warehouse, store, watch.read),
    api: {
      apiKeys: store.apiKeys,
      store,
      warehouse,
      profiles: () => Promise.reject(new Error('not under test')),
      kinds: async () => DOCUMENT_KINDS,
      activations: () => Promise.reject(new Error('not under test')),
      config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
      isRunning: runningSyncs(store.leases),
      identity: () => Promise.reject(new Error('not under test')),
      segments: () => Promise.reject(new Error('not under test')),
      syncs: async () => syncDeps(),
      queue,
      async followBuild(build) {
        const notUnderTest = () => Promise.reject(new Error('not under test'));
        return followReportedBuild(
          { store, queue: await queue(), kinds: DOCUMENT_KINDS, rooms: notUnderTest, manifest: notUnderTest },
          build,
        );
      },
      status: async () => readStatus(await statusDeps()),
      sources: () => listSources({ warehouse }),
    },
  });

  const stored = defineQuery({
    name: 'test.events',
    sql: 'select * from sluice_raw.events final where source = {source:String} order by message_id',
    params: z.object({ source: z.string() }),
    row: z.object({
      message_id: z.string(),
      type: z.string(),
      event: z.string(),
      anonymous_id: z.string(),
      user_id: z.string(),
      previous_id: z.string(),
      group_id: z.string(),
      occurred_at: z.string(),
      original_timestamp: z.string().nullable(),
      time_correction: z.string(),
      message: z.string(),
    }),
  });
  const refused = defineQuery({
    name: 'test.rejected',
    sql: 'select message_id, reason, detail, message, message_bytes, request_id from sluice_raw.rejected_events where source = {source:String} order by received_at',
    params: z.object({ source: z.string() }),
    row: z.object({
      message_id: z.string(),
      reason: z.string(),
      detail: z.string(),
      message: z.string(),
      message_bytes: z.coerce.number(),
      request_id: z.string(),
    }),
  });

  return {
    app,
    store,
    warehouse,
    refusals,
    statusDeps,
    log,
    stored: (source: string) => ({
      events: () => warehouse.reader.ask(stored, { source }),
      rejected: () => warehouse.reader.ask(refused, { source }),
    }),
    /** A write key for a source of its own, and what was stored for it. */
    async source(name: string) {
      const { plain } = await store.apiKeys.create({ name, scopes: ['collect'], source: name });
      return {
        ...this.stored(name),
        plain,
        basic: `Basic ${Buffer.from(`${plain}:`).toString('base64')}`,
        post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
          app.request(path, {
            method: 'POST',
            body:
              typeof body === 'string' || body instanceof Uint8Array ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
            headers: { authorization: `Basic ${Buffer.from(`${plain}:`).toString('base64')}`, ...headers },
          }),
      };
    },
    async close() {
      await Promise.all([landing.close(), refusals.close()]);
      await (await opened)?.close();
      await Promise.all([warehouse.close(), store.close()]);
    },
  };
}
