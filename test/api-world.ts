/** The whole service over a small world that the models have built: people and their events, an account, a segment, syncs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectors } from '../connectors/registry.ts';
import { catalogueOf } from '../src/catalogue/catalogue.ts';
import { createCollector } from '../src/collect/collector.ts';
import { createLanding } from '../src/collect/landing.ts';
import { createLandingWatch } from '../src/collect/landing-watch.ts';
import { createRefusals } from '../src/collect/refusals.ts';
import { createHttpApp } from '../src/http/app.ts';
import { readProjectRules } from '../src/identity/read-rules.ts';
import { knownTypes } from '../src/identity/rules.ts';
import { createLogger } from '../src/log.ts';
import { followReportedBuild } from '../src/reported-builds.ts';
import { openQueue } from '../src/schedule/queue.ts';
import { probesOf } from '../src/status/probes.ts';
import { listSources, readStatus } from '../src/status/status.ts';
import { defaultDelivery } from '../src/syncs/deps.ts';
import { runningBy } from '../src/syncs/status.ts';
import { PROJECT_DIR, testDbt } from './dbt.ts';
import { testStore } from './store.ts';
import { testWarehouse } from './warehouse.ts';

export type ApiWorld = Awaited<ReturnType<typeof openApiWorld>>;

const told = (type: string, user: string, event: string, body: object, at: string) => ({
  message_id: `${user}-${at}`,
  type,
  event,
  source: 'web',
  anonymous_id: `device-of-${user}`,
  user_id: user,
  previous_id: '',
  group_id: type === 'group' ? 'acme' : '',
  occurred_at: at,
  received_at: at,
  message: JSON.stringify({ type, event, userId: user, anonymousId: `device-of-${user}`, messageId: `${user}-${at}`, ...body }),
});

export async function openApiWorld() {
  const [warehouse, store, folder] = await Promise.all([testWarehouse(), testStore(), mkdtemp(join(tmpdir(), 'sluice-api-'))]);
  const dbt = await testDbt(warehouse);
  await warehouse.owner.insert('sluice_raw.events', [
    told('identify', 'ada', '', { traits: { email: 'ada@home.org', name: 'Ada' } }, '2026-03-01T09:00:00.000Z'),
    told('track', 'ada', 'Order Completed', { properties: { revenue: 12.5, card: '4111' } }, '2026-03-01T09:01:00.000Z'),
    told('track', 'ada', 'Home', { properties: {} }, '2026-03-01T09:02:00.000Z'),
    told('identify', 'bob', '', { traits: { email: 'bob@home.org' } }, '2026-03-01T09:03:00.000Z'),
    told('group', 'bob', '', { groupId: 'acme', traits: { name: 'Acme' } }, '2026-03-01T09:04:00.000Z'),
  ]);
  await warehouse.owner.insert('sluice_raw.rejected_events', [
    {
      received_at: '2026-03-01T09:05:00.000Z',
      source: 'web',
      message_id: 'odd',
      reason: 'missing_user',
      detail: 'It names nobody',
      message: '{"type":"track","email":"eve@home.org"}',
      message_bytes: 40,
      request_id: 'r1',
    },
  ]);
  console.time('build');
  const { models } = await dbt.build({ select: BUILT, isWithoutTests: true });
  console.timeEnd('build'); console.log(models.length, models.map(m => m.name + ' ' + m.seconds.toFixed(2)).join(', '));
  const failed = models.filter(({ status }) => status !== 'success');
  if (failed.length > 0) throw new Error(`the build failed: ${JSON.stringify(failed)}`);

  const documents = [
    { kind: 'destination', id: 'folder', title: 'Folder', connector: 'file', config: { folder: join(folder, 'out') } },
    { kind: 'segment', id: 'known', title: 'Known', entity: 'person', where: { trait: 'email', exists: true } },
    {
      kind: 'sync',
      id: 'people',
      title: 'People',
      source: { table: 'profiles' },
      destination: 'folder',
      object: 'rows',
      mode: 'upsert',
      key: { id: 'profile_id' },
      fields: { email: 'email' },
      schedule: { after: 'build' },
    },
  ] as const;
  for (const { kind, ...document } of documents) {
    await mkdir(join(folder, 'activations', `${kind}s`), { recursive: true });
    await writeFile(join(folder, 'activations', `${kind}s`, `${document.id}.json`), JSON.stringify(document));
    await store.resources.put({ kind, id: document.id, document }, 'test');
  }

  const logger = createLogger({ SLUICE_LOG_LEVEL: 'silent' });
  const watch = createLandingWatch();
  const landing = createLanding(warehouse.owner, undefined, watch);
  const refusals = createRefusals(warehouse.owner);
  const queue = await openQueue(store, { onError: () => undefined });
  const catalogue = async () => catalogueOf((await dbt.manifest()).models);
  const { resources, secrets, leases } = store;
  const syncs = { warehouse, resources, secrets, leases, connectors, catalogue, environment: {}, delivery: defaultDelivery };
  const segments = { warehouse, resources, leases, catalogue, timezone: 'UTC', now: () => new Date() };
  const rules = () => readProjectRules(PROJECT_DIR);
  const identity = {
    warehouse,
    rules,
    types: async () => knownTypes(await rules()),
    now: () => new Date(),
    dbt: async () => dbt,
    resources,
  };
  const app = createHttpApp({
    logger,
    collector: createCollector({ apiKeys: store.apiKeys, landing, refusals }),
    probes: probesOf(warehouse, store, watch.read),
    api: {
      apiKeys: store.apiKeys,
      store,
      warehouse,
      profiles: async () => ({ ...identity, catalogue }),
      activations: async () => ({ projectDir: folder, resources, warehouse, catalogue: await catalogue(), syncs }),
      config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: '1d' },
      isRunning: runningBy(leases),
      identity: async () => identity,
      segments: async () => segments,
      syncs: async () => syncs,
      queue: async () => queue,
      followBuild: (build) => followReportedBuild({ store, queue, catalogue, manifest: () => dbt.manifest() }, build),
      status: () => readStatus({ warehouse, store, queue, syncs }),
      sources: () => listSources({ warehouse }),
    },
  });
  const keyFor = async (scope: 'read' | 'admin') => (await store.apiKeys.create({ name: scope, scopes: [scope] })).plain;
  const keys = { read: await keyFor('read'), admin: await keyFor('admin') };

  return {
    app,
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
      await dbt.close();
      await Promise.all([warehouse.close(), store.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

interface CallOptions {
  readonly key?: 'read' | 'admin' | 'none';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the API reads of what the models make. */
const BUILT = [
  '+profiles',
  '+accounts',
  '+events',
  '+profile_identifiers',
  '+profile_aliases',
  '+profile_changes',
  '+identity_violations',
  'identity_normalised',
  '+identity_canonical',
  'identity_type_rules',
  '+identity_rejected_decisions',
];
