import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../test/store.ts';
import { testWarehouse } from '../test/warehouse.ts';
import { catalogueOf } from './catalogue/catalogue.ts';
import type { Manifest } from './dbt/manifest.ts';
import { DOCUMENT_KINDS, type JobRooms } from './document-kinds.ts';
import { followRecordedBuilds, followReportedBuild, type ReportDeps } from './reported-builds.ts';
import { subjectOf } from './schedule/jobs.ts';
import { openQueue, type Queue } from './schedule/queue.ts';
import { openStore, type Store } from './store/store.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

let warehouse: Warehouse;
let store: TestStore;
/** Two processes would each have their own store and queue. */
let replica: Store;
let queues: readonly [Queue, Queue];
let deps: readonly [Deps, Deps];
type Deps = ReportDeps<JobRooms> & { readonly warehouse: Warehouse };

beforeAll(async () => {
  [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
  replica = await openStore(store.config);
  const ignore = { kinds: DOCUMENT_KINDS, onError: () => undefined };
  queues = [await openQueue(store, ignore), await openQueue(replica, ignore)];
  const read = { resources: store.resources, catalogue: async () => catalogueOf([]) };
  /** The parts of the rooms that are asked what documents read. */
  const rooms = { segments: read, syncs: read } as unknown as JobRooms;
  const common = {
    kinds: DOCUMENT_KINDS,
    rooms: async () => rooms,
    manifest: async () => ({ models: [model('fct_orders'), model('fct_visits')] }),
    warehouse,
  };
  deps = [
    { ...common, store, queue: queues[0] },
    { ...common, store: replica, queue: queues[1] },
  ];
  const ofBuild = { title: 'x', destination: 'd', object: 'row', mode: 'upsert', key: { id: 'id' }, schedule: { after: 'build' } };
  const changes = ['orders', 'visits'].map((id) => ({
    kind: 'sync' as const,
    id,
    document: { id, source: { table: `fct_${id}` }, ...ofBuild },
  }));
  await store.resources.apply(changes, 'a test');
});
beforeEach(async () => {
  await store.pool.query('delete from sluice_jobs.job');
});
afterAll(async () => {
  await Promise.all(queues.map((queue) => queue.close({ graceMs: 0 })));
  await replica.close();
  await store.close();
  await warehouse.close();
});

const model = (name: string): Manifest['models'][number] => ({
  uniqueId: `model.shop.${name}`,
  name,
  schema: 'shop',
  alias: name,
  description: '',
  file: `models/${name}.sql`,
  materialized: 'table',
  tests: [],
  hasContract: false,
  audiences: [],
  dependsOn: [],
  meta: {},
  columns: [],
});

/** As the hook of the package writes it (sql/macros/invocations.sql). */
async function recorded(run: {
  readonly selected?: readonly string[];
  readonly status?: string;
  readonly by?: string;
  readonly built: readonly string[];
}) {
  const id = randomUUID();
  const started_at = new Date(Date.now() - 60_000).toISOString();
  await warehouse.owner.insert(
    'sluice_audit.dbt_run_models',
    run.built.map((name) => ({
      run_id: id,
      started_at,
      unique_id: `model.shop.${name}`,
      database_name: 'shop',
      table_name: name,
      status: 'success',
    })),
  );
  await warehouse.owner.insert('sluice_audit.dbt_runs', [
    {
      run_id: id,
      invocation_id: id,
      recorded_by: run.by ?? 'dbt',
      started_at,
      finished_at: new Date().toISOString(),
      status: run.status ?? 'success',
      selected: run.selected ?? [],
    },
  ]);
  return id;
}

const queued = async () => (await queues[0].pending()).map(({ job }) => subjectOf(job)).sort();

test('a build by another dbt is followed once, by however many replicas see it, also after a restart', async () => {
  const id = await recorded({ built: ['fct_orders', 'fct_visits'] });
  const seen = (await Promise.all(deps.map((each) => followRecordedBuilds(each)))).flat();
  expect(seen).toEqual([{ invocation_id: id, is_new: true, queued: ['sync:orders', 'sync:visits'] }]);
  expect(await queued()).toEqual(['sync:orders', 'sync:visits']);

  await store.pool.query('delete from sluice_jobs.job');
  const restarted = await openStore(store.config);
  expect(await followRecordedBuilds({ ...deps[0], store: restarted })).toEqual([]);
  await restarted.close();
  expect(await queued()).toEqual([]);
});

test('a build of some models is followed by what reads their tables', async () => {
  await recorded({ selected: ['fct_visits'], built: ['fct_visits'] });
  await followRecordedBuilds(deps[0]);
  expect(await queued()).toEqual(['sync:visits']);
});

test('a build that failed is followed by nothing, and one of the service is not followed twice', async () => {
  await recorded({ status: 'failed', built: ['fct_orders'] });
  await recorded({ by: 'service', built: ['fct_orders'] });
  expect(await followRecordedBuilds(deps[0])).toEqual([]);
  expect(await queued()).toEqual([]);
});

test('an orchestrator that says it itself, as often as it likes, is heard once, and the record of the same run adds nothing', async () => {
  const id = await recorded({ built: ['fct_orders'] });
  const build = { invocationId: id, isSuccess: true, models: ['fct_orders'] };
  expect(await followReportedBuild(deps[1], build)).toEqual({ invocation_id: id, is_new: true, queued: ['sync:orders'] });
  expect(await followReportedBuild(deps[0], { ...build, invocationId: id.toUpperCase() })).toMatchObject({ is_new: false, queued: [] });
  expect(await followRecordedBuilds(deps[0])).toEqual([]);
  expect(await queued()).toEqual(['sync:orders']);
});

test('a report of a model that is not there is refused, and can be made again', async () => {
  const build = { invocationId: randomUUID(), isSuccess: true };
  await expect(followReportedBuild(deps[0], { ...build, models: ['fct_order'] })).rejects.toMatchObject({ code: 'dbt.unknown_models' });
  expect(await followReportedBuild(deps[0], { ...build, models: ['model.shop.fct_orders', 'seed.shop.countries'] })).toMatchObject({
    is_new: true,
    queued: ['sync:orders'],
  });
});

test('a report of a build that failed is remembered, and followed by nothing', async () => {
  const build = { invocationId: randomUUID(), isSuccess: false };
  expect(await followReportedBuild(deps[0], build)).toMatchObject({ is_new: true, queued: [] });
  expect(await queued()).toEqual([]);
});
