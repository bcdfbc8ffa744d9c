/**
 * The whole service over a small published world, that of the tests of segments: people and their events, a segment, a sync into a folder, and
 * messages as they were collected. No identity graph: the tests of identity build one.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectors } from '../connectors/registry.ts';
import { applyPosted, planPosted } from '../src/activations/posted.ts';
import { createCollector } from '../src/collect/collector.ts';
import { createLanding } from '../src/collect/landing.ts';
import { createLandingWatch } from '../src/collect/landing-watch.ts';
import { createRefusals } from '../src/collect/refusals.ts';
import { DOCUMENT_KINDS } from '../src/document-kinds.ts';
import { createHttpApp } from '../src/http/app.ts';
import { readProjectRules } from '../src/identity/read-rules.ts';
import { knownTypes } from '../src/identity/rules.ts';
import { createLogger } from '../src/log.ts';
import { followReportedBuild } from '../src/reported-builds.ts';
import { openQueue } from '../src/schedule/queue.ts';
import { probesOf } from '../src/status/probes.ts';
import { listSources, readStatus } from '../src/status/status.ts';
import { defaultDelivery } from '../src/syncs/deps.ts';
import { runningSyncs } from '../src/syncs/lease.ts';
import { dependentSyncs } from '../src/syncs/segment-dependents.ts';
import { PROJECT_DIR } from './dbt.ts';
import { idOf } from './segments/arbitrary.ts';
import { createWorld, fillWorld, type Person, worldCatalogue } from './segments/world.ts';
import { testStore } from './store.ts';
import { testWarehouse } from './warehouse.ts';

export const ADA: Person = {
  profile_id: idOf(0),
  country_code: 'BE',
  city: 'Gent',
  email: 'ada@home.org',
  consent_email: true,
  first_seen_at: '2026-01-01T00:00:00.000Z',
  birthday_on: '1815-12-10',
  order_count: 2,
  lifetime_value: '12.50',
  score: null,
  last_order_at: null,
  tags: ['early'],
  sizes: [38],
  nickname: 'the countess',
};

export type ApiWorld = Awaited<ReturnType<typeof openApiWorld>>;

export async function openApiWorld() {
  const [warehouse, store, folder] = await Promise.all([testWarehouse(), testStore(), mkdtemp(join(tmpdir(), 'sluice-api-'))]);
  await createWorld(warehouse);
  await fillWorld(
    warehouse,
    [ADA, { ...ADA, profile_id: idOf(1), email: null, consent_email: null, lacks_traits: true }],
    ['Home', 'Order Completed', 'Home', 'Home'].map((event_name, index) => ({
      profile_id: ADA.profile_id,
      event_name,
      // The last three at one moment.
      occurred_at: `2026-03-01T09:0${Math.min(index, 1)}:00.000Z`,
      properties: { place: index, card: '4111 1111', nested: { email: 'ada@home.org' } },
    })),
  );
  await warehouse.owner.insert(
    'sluice_raw.events',
    ['m1', 'm2', 'm3'].map((message_id) => ({
      message_id,
      type: 'track',
      event: 'Home',
      source: 'web',
      user_id: 'ada',
      occurred_at: '2026-03-01T09:00:00.000Z',
      received_at: '2026-03-01T09:00:00.000Z',
      message: JSON.stringify({ type: 'track', event: 'Home', messageId: message_id, context: { ip: '10.0.0.1' } }),
    })),
    { columns: ['message_id', 'type', 'event', 'source', 'user_id', 'occurred_at', 'received_at', 'message'] },
  );
  await warehouse.owner.insert('sluice_raw.rejected_events', [
    {
      // Older ones are forgotten.
      received_at: new Date().toISOString(),
      source: 'web',
      message_id: 'odd',
      reason: 'missing_user',
      detail: 'It names nobody',
      message: '{"type":"track","email":"eve@home.org"}',
      message_bytes: 40,
      request_id: 'r1',
    },
  ]);
  const documents = [
    { kind: 'destination', id: 'folder', title: 'Folder', connector: 'file', config: { folder: join(folder, 'out') } },
    { kind: 'segment', id: 'known', title: 'Known', entity: 'person', where: { trait: 'email', exists: true } },
    {
      kind: 'sync',
      id: 'people',
      title: 'People',
      source: { table: 'profiles' },
      destination: 'folder',
      object: 'row',
      mode: 'upsert',
      key: { id: 'profile_id' },
      fields: { email: 'email' },
      schedule: { after: 'build' },
    },
  ] as const;
  await mkdir(join(folder, 'out'));
  for (const { kind, ...document } of documents) {
    await mkdir(join(folder, 'activations', `${kind}s`), { recursive: true });
    await writeFile(join(folder, 'activations', `${kind}s`, `${document.id}.json`), JSON.stringify(document));
    await store.resources.put({ kind, id: document.id, document }, 'test');
  }

  const logger = createLogger({ SLUICE_LOG_LEVEL: 'silent' });
  const watch = createLandingWatch();
  const landing = createLanding(warehouse.owner, undefined, watch);
  const refusals = createRefusals(warehouse.owner);
  const queue = await openQueue(store, { kinds: DOCUMENT_KINDS, onError: () => undefined });
  const catalogue = async () => worldCatalogue(warehouse.prefix);
  const { resources, secrets, leases } = store;
  const syncs = { warehouse, resources, secrets, leases, connectors, catalogue, environment: {}, delivery: defaultDelivery };
  const modelsReading = async () => [];
  const dependents = dependentSyncs(async () => syncs);
  const segments = { warehouse, resources, leases, catalogue, modelsReading, dependents, timezone: 'UTC', now: () => new Date() };
  const rules = () => readProjectRules(PROJECT_DIR);
  const identity = {
    warehouse,
    rules,
    types: async () => knownTypes(await rules()),
    now: () => new Date(),
    dbt: () => Promise.reject(new Error('no build in this world')),
    resources,
  };
  const parts: Parameters<typeof createHttpApp>[0] = {
    logger,
    collector: createCollector({ apiKeys: store.apiKeys, landing, refusals }),
    probes: probesOf(warehouse, store, watch.read),
    api: {
      apiKeys: store.apiKeys,
      store,
      warehouse,
      profiles: async () => ({ ...identity, catalogue }),
      activations: async () => {
        const rooms = { warehouse, catalogue: await catalogue(), syncs };
        const deps = { projectDir: folder, resources, warehouse, catalogue: rooms.catalogue, kinds: DOCUMENT_KINDS, rooms };
        return { plan: (posted) => planPosted(deps, posted), apply: (posted, by) => applyPosted(deps, posted, by) };
      },
      kinds: async () => DOCUMENT_KINDS,
      config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: '1d' },
      isRunning: runningSyncs(leases),
      identity: async () => identity,
      segments: async () => segments,
      syncs: async () => syncs,
      queue: async () => queue,
      followBuild: (build) =>
        followReportedBuild(
          { store, queue, kinds: DOCUMENT_KINDS, rooms: async () => ({ segments, syncs }), manifest: async () => ({ models: [] }) },
          build,
        ),
      status: () => readStatus({ warehouse, store, queue, syncs, kinds: DOCUMENT_KINDS }),
      sources: () => listSources({ warehouse }),
    },
  };
  const app = createHttpApp(parts);
  const keyFor = async (scope: 'read' | 'admin') => (await store.apiKeys.create({ name: scope, scopes: [scope] })).plain;
  const keys = { read: await keyFor('read'), admin: await keyFor('admin') };

  return {
    app,
    /** What the service is made of. */
    parts,
    warehouse,
    store,
    queue,
    segments,
    syncs,
    folder,
    keys,
    async call(method: string, path: string, { key = 'admin', body, headers = {} }: CallOptions = {}) {
      const sent = {
        ...(key === 'none' ? {} : { authorization: `Bearer ${keys[key]}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      };
      const reply = await app.request(path, { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: reply.status, body: (await reply.clone().json()) as Record<string, unknown>, reply };
    },
    async close() {
      await queue.close();
      await Promise.all([landing.close(), refusals.close()]);
      await Promise.all([warehouse.close(), store.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

interface CallOptions {
  readonly key?: 'read' | 'admin' | 'none';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}
