import { describe, expect, test } from 'vitest';
import { catalogueOf } from './catalogue/catalogue.ts';
import type { Manifest } from './dbt/manifest.ts';
import type { ModelResult } from './dbt/result.ts';
import { DOCUMENT_KINDS, type JobRooms } from './document-kinds.ts';
import { readersOf } from './follow-build.ts';
import type { Job } from './schedule/jobs.ts';
import type { Resource } from './store/resources.ts';

type Model = Manifest['models'][number];

function model(name: string, dependsOn: readonly string[], more: Partial<Model> = {}): Model {
  return {
    uniqueId: `model.sluice.${name}`,
    name,
    schema: 'sluice',
    alias: name,
    description: '',
    file: `models/${name}.sql`,
    materialized: 'table',
    hasContract: true,
    audiences: [],
    dependsOn: dependsOn.map((other) => `model.sluice.${other}`),
    meta: {},
    columns: [],
    tests: [],
    ...more,
  };
}

const trait = (name: string, dataType: string) => ({ name, description: '', dataType, meta: { sluice: { trait: true } } });
const key = { name: 'profile_id', description: '', dataType: 'UUID', meta: {} };
const person = { entity: 'person', key: 'profile_id' };
const models = [
  model('stg_orders', [], { materialized: 'view', schema: 'sluice_staging' }),
  model('resolved_events', [], { schema: 'sluice_identity' }),
  model('events', ['resolved_events'], { materialized: 'view', meta: { sluice: { entity: 'person', role: 'events' } } }),
  model('profiles', ['resolved_events'], { meta: { sluice: { ...person, role: 'traits' } }, columns: [key, trait('city', 'String')] }),
  model('profile_traits', ['profiles'], {
    meta: { sluice: { ...person, role: 'traits' } },
    columns: [key, trait('lifetime_value', 'Float64')],
  }),
  model('orders', ['stg_orders']),
];

const segment = (id: string, condition: object) => ({
  id,
  title: id,
  entity: 'person',
  where: { all: [condition] },
  schedule: { after: 'build' },
});
const documents = {
  segment: [
    segment('locals', { trait: 'city', is: 'Bonn' }),
    segment('spenders', { trait: 'lifetime_value', gte: 10 }),
    segment('viewers', { event: 'Page Viewed', count: { gte: 1 } }),
    segment('local-spenders', { segment: 'spenders' }),
  ],
  sync: [
    { id: 'orders-out', title: 'x', source: { table: 'orders' } },
    { id: 'locals-out', title: 'x', source: { segment: 'locals' } },
  ].map((sync) => ({ ...sync, destination: 'd', object: 'row', mode: 'upsert', key: { id: 'id' } })),
};
const resource = (kind: 'segment' | 'sync', document: { id: string }): Resource => ({
  kind,
  id: document.id,
  document: { ...document },
  revision: 1,
  appliedAt: new Date(0),
  appliedBy: 'test',
});
const listed = {
  segment: documents.segment.map((document) => resource('segment', document)),
  sync: documents.sync.map((document) => resource('sync', document)),
};
const deps = {
  resources: {
    list: async (kind: string) => (kind === 'segment' ? listed.segment : kind === 'sync' ? listed.sync : []),
    get: async (_kind: string, id: string) => listed.sync.find((one) => one.id === id),
  },
  catalogue: async () => catalogueOf(models),
};
/** The parts of the rooms that are asked what documents read. */
const rooms = { segments: deps, syncs: deps } as unknown as JobRooms;
const follow = {
  kinds: DOCUMENT_KINDS,
  rooms: async () => rooms,
  manifest: async () => ({ models }),
};

const JOBS: readonly Job[] = [
  ...documents.segment.map(({ id }) => ({ name: 'segment.publish' as const, id })),
  ...documents.sync.map(({ id }) => ({ name: 'sync.run' as const, id })),
  { name: 'segment.publish', id: 'gone' },
];

async function queued(...built: readonly (readonly [name: string, status: ModelResult['status']])[]): Promise<string[]> {
  const results = built.map(([name, status]) => ({ uniqueId: `model.sluice.${name}`, status }) as ModelResult);
  const isConcerned = await readersOf(follow, { models: results });
  const found = await Promise.all(JOBS.map(async (job) => ((await isConcerned(job)) && 'id' in job ? [job.id] : [])));
  return found.flat();
}

describe('after a build of some models', () => {
  test('documents that read a table which was built are run, also those that read it through a segment; the others are not', async () => {
    expect(await queued(['profile_traits', 'success'])).toEqual(['spenders', 'local-spenders', 'locals-out', 'gone']);
    expect(await queued(['profiles', 'success'])).toEqual(['locals', 'spenders', 'viewers', 'local-spenders', 'locals-out', 'gone']);
    expect(await queued(['orders', 'success'])).toEqual(['orders-out', 'gone']);
  });

  test('a view changes with the table that it shows', async () => {
    expect(await queued(['resolved_events', 'success'])).toEqual(['viewers', 'gone']);
  });

  test('nothing is run when none was built, or only models that no document reads', async () => {
    expect(await queued(['profiles', 'error'], ['orders', 'skipped'])).toEqual([]);
    expect(await queued()).toEqual([]);
    expect(await queued(['stg_orders', 'success'])).toEqual(['gone']);
  });
});
