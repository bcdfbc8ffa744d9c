/**
 * A kind of document is one declaration. A made-up one, `report`, is declared here and nowhere else: everything that goes through documents takes
 * it from the list.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type TestStore, testStore } from '../test/store.ts';
import { testWarehouse } from '../test/warehouse.ts';
import { type ActivationDeps, applyPlan, planActivations } from './activations/apply.ts';
import { planDocument } from './activations/plan-document.ts';
import { catalogueOf } from './catalogue/catalogue.ts';
import type { Dbt } from './dbt/dbt.ts';
import { DOCUMENT_KINDS } from './document-kinds.ts';
import type { DocumentKind } from './documents/kind.ts';
import { Schedule } from './documents/schedule.ts';
import { Slug } from './documents/slug.ts';
import { readersOf } from './follow-build.ts';
import { jobHandlers } from './job-handlers.ts';
import { PRODUCT } from './product.ts';
import { openQueue, type Queue } from './schedule/queue.ts';
import { runSchedules } from './schedule/run.ts';
import { listScheduled } from './schedule/scheduled.ts';
import { contractOf } from './status/contract.ts';
import { readStatus } from './status/status.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

interface Desk {
  /** Ids of the reports that were written, with the number of pages that was asked for. */
  readonly written: string[];
}

const Report = z.strictObject({ id: Slug, of: Slug, pages: z.int().max(9).default(1), schedule: Schedule.optional() });

const reportKind: DocumentKind<unknown, unknown, { readonly desk: Desk }> = {
  kind: 'report',
  folder: 'reports',
  schema: Report,
  migrations: [{ from: 1, apply: ({ about, ...rest }) => ({ of: about, ...rest }) }],
  references(document) {
    const of = Report.safeParse(document).data?.of;
    return of === undefined ? [] : [{ kind: 'segment', id: of, path: ['of'], isSource: true }];
  },
  async check({ documents, findings }) {
    for (const document of documents)
      if (Report.parse(document.document).pages === 0) findings.wrong(document, [{ path: ['pages'], message: 'a report has a page' }]);
  },
  reach: async () => ({ clauses: ['it is read by everybody'] }),
  leaves: async (id) => [`What ${id} said has been read.`],
  job: {
    verb: 'write',
    options: { pages: z.int().optional() },
    async run({ id, pages }, { desk }) {
      desk.written.push(`${id}: ${pages ?? 'all'}`);
      return { succeeded: true, summary: { pages: 1 } };
    },
    reads: async () => (id) => (id === 'monthly' ? [{ table: 'orders' }] : undefined),
  },
};
const kinds = [...DOCUMENT_KINDS, reportKind];

let warehouse: Warehouse;
let store: TestStore;
let queue: Queue;
let projectDir: string;
const desk: Desk = { written: [] };
let deps: ActivationDeps<never>;

beforeAll(async () => {
  [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
  queue = await openQueue(store, { kinds, onError: () => undefined });
});
afterAll(async () => {
  await queue?.close({ graceMs: 0 });
  await Promise.all([warehouse?.close(), store?.close()]);
});
beforeEach(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'sluice-kinds-'));
  desk.written.length = 0;
  const person = { sluice: { entity: 'person', key: 'id', role: 'traits' } };
  const columns = [
    { name: 'id', description: '', dataType: 'UUID', meta: {} },
    { name: 'country', description: '', dataType: 'String', meta: { sluice: { trait: true } } },
  ];
  const people = { name: 'people', alias: 'people', schema: warehouse.databases.published, description: '', meta: person, columns };
  const catalogue = catalogueOf([people]);
  deps = {
    projectDir,
    resources: store.resources,
    warehouse,
    catalogue,
    kinds,
    rooms: { warehouse, catalogue } as never,
  };
});
afterEach(async () => {
  await rm(projectDir, { recursive: true, force: true });
  await store.pool.query('truncate sluice.resources, sluice.resource_revisions, sluice.schedule_slots');
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(projectDir, 'activations', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
const SEGMENT = 'id: dutch\ntitle: Dutch\nentity: person\nwhere: { trait: country, is: NL }\n';
const MONTHLY = 'id: monthly\nversion: 2\nof: dutch\nschedule: { after: source }\n';

test('documents of a kind that is declared in one file are read, checked and told apart from what is wrong, with their places', async () => {
  await write({
    'segments/dutch.yml': SEGMENT,
    'reports/long.yml': 'id: long\nversion: 2\nof: dutch\npages: 10\n',
    'reports/empty.yml': 'id: empty\nversion: 2\nof: dutch\npages: 0\n',
    'reports/astray.yml': 'id: astray\nversion: 2\nof: duch\n',
    'reports/early.yml': 'id: early\nversion: 2\nof: dutch\nschedule: { after: "letter:x" }\n',
    'reports/new.yml': 'id: new\nversion: 3\nof: dutch\n',
    'raports/lost.yml': 'id: lost\n',
  });
  await expect(planActivations(deps)).rejects.toMatchObject({ code: 'activations.invalid' });
  const message = await planActivations(deps).catch((error: Error) => error.message);
  expect(message).toContain(
    'activations/raports: is not read: activations are in the folders destinations, lists, segments, priorities, syncs, reports. Did you mean reports?',
  );
  expect(message).toContain('activations/reports/long.yml:4:1 pages: ');
  expect(message).toContain('activations/reports/empty.yml:4:1 pages: a report has a page');
  expect(message).toContain('activations/reports/astray.yml:3:1 of: there is no segment duch. Did you mean dutch?');
  expect(message).toContain(
    'reports/early.yml:4:13 schedule.after: letter:x never runs: name `source`, `build`, `segment:<id>`, `sync:<id>`, `report:<id>`',
  );
  expect(message).toContain(
    'activations/reports/new.yml:2:1 version: there is no version 3 of a report: this Sluice reads versions 1 to 2.',
  );
});

test('they are planned after what they name, applied, kept with their revisions, and removed with a word on what stays', async () => {
  await write({ 'segments/dutch.yml': SEGMENT, 'reports/monthly.yml': 'id: monthly\nabout: dutch\n' });
  const plan = await planActivations(deps);
  expect(planDocument(plan).changes).toMatchObject([
    {
      action: 'create',
      kind: 'segment',
      id: 'dutch',
      sentence: 'The segment dutch is new; it is not published; monthly reads it.',
      syncs: [],
    },
    {
      action: 'create',
      kind: 'report',
      sentence: 'The report monthly is new; it is read by everybody.',
      file: 'activations/reports/monthly.yml',
    },
  ]);
  await applyPlan(store.resources, plan, 'test');
  expect(await planActivations(deps)).toMatchObject({ changes: [], unchanged: 2 });
  expect((await store.resources.list('report')).map(({ id, document, revision }) => [id, document, revision])).toEqual([
    ['monthly', { id: 'monthly', of: 'dutch' }, 1],
  ]);

  await rm(join(projectDir, 'activations/reports/monthly.yml'));
  const removal = await planActivations(deps);
  expect(removal.changes).toMatchObject([{ action: 'remove', kind: 'report', stays: ['What monthly said has been read.'] }]);
  await applyPlan(store.resources, removal, 'test');
  expect(await store.resources.list('report')).toEqual([]);
});

test('they are scheduled after what they are made from, run by their own job, and shown by status', async () => {
  await write({
    'segments/dutch.yml': SEGMENT,
    'reports/monthly.yml': MONTHLY,
    'reports/after.yml': 'id: after\nversion: 2\nof: dutch\nschedule: { after: "report:monthly" }\n',
  });
  await applyPlan(store.resources, await planActivations(deps), 'test');
  await store.resources.put({ kind: 'report', id: 'old', document: { id: 'old', page: 1 } }, 'test');
  expect(await listScheduled(store.resources, kinds)).toMatchObject([
    { subject: 'report:after', job: { name: 'report.write', id: 'after' }, triggers: ['report:monthly'] },
    { subject: 'report:monthly', job: { name: 'report.write', id: 'monthly' }, triggers: ['segment:dutch'] },
  ]);

  const config = { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined };
  const handlers = jobHandlers({} as Dbt, kinds as readonly DocumentKind<never, never, { readonly desk: Desk }>[], { desk });
  const failures: unknown[] = [];
  const onError = (error: unknown) => failures.push(error);
  await queue.enqueue({ name: 'report.write', id: 'monthly', pages: 3 });
  expect((await queue.pending()).map(({ job }) => job)).toEqual([{ name: 'report.write', id: 'monthly', pages: 3 }]);
  const service = await runSchedules({ store, queue, kinds, config, handlers, onError, pollSeconds: 0.5 });
  await vi.waitFor(() => expect(desk.written).toEqual(['monthly: 3', 'after: all']), { timeout: 30_000 });
  await service.close();
  expect(failures).toEqual([]);

  const status = await readStatus({ warehouse, store, queue, syncs: { warehouse, resources: store.resources }, kinds });
  expect(status.documents).toEqual([
    { kind: 'destination', applied: 0, scheduled: 0, unreadable: [] },
    { kind: 'list', applied: 0, scheduled: 0, unreadable: [] },
    { kind: 'segment', applied: 1, scheduled: 0, unreadable: [] },
    { kind: 'priority', applied: 0, scheduled: 0, unreadable: [] },
    { kind: 'sync', applied: 0, scheduled: 0, unreadable: [] },
    { kind: 'report', applied: 3, scheduled: 2, unreadable: ['old'] },
  ]);
});

test('of a build of some models those are run that read one of them, and the promise of a release names their version', async () => {
  const orders = { uniqueId: 'model.shop.orders', schema: 'shop', alias: 'orders', materialized: 'table', dependsOn: [] };
  const manifest = async () => ({ models: [orders, { ...orders, uniqueId: 'model.shop.visits', alias: 'visits' }] }) as never;
  const only = [reportKind];
  const concerns = async (model: string) => {
    const isConcerned = await readersOf(
      { kinds: only, rooms: async () => ({ desk }), manifest },
      { models: [{ uniqueId: model, status: 'success' }] },
    );
    return Promise.all(['monthly', 'after'].map((id) => isConcerned({ name: 'report.write', id })));
  };
  expect(await concerns('model.shop.orders')).toEqual([true, true]);
  expect(await concerns('model.shop.visits')).toEqual([false, true]);
  expect((await contractOf(PRODUCT.root, kinds)).documents).toMatchObject({ segment: 1, report: 2 });
});
