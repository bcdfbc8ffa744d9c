/** The composition root: opens warehouse, store, dbt and queue on first use, and passes them on explicitly. */
import type { ActivationDeps } from './activations/apply.ts';
import type { PostedPlans } from './activations/posted.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config.ts';
import type { Dbt } from './dbt/dbt.ts';
import type { ModelResult } from './dbt/result.ts';
import type { CheckRooms, DocumentKinds, JobRooms, PlanRooms } from './document-kinds.ts';
import type { ProfileDeps } from './identity/profile.ts';
import type { WhatIfDeps } from './identity/what-if.ts';
import type { Followed, ReportDeps, ReportedBuild } from './reported-builds.ts';
import type { Queue } from './schedule/queue.ts';
import type { RunOptions } from './schedule/run.ts';
import type { SegmentDeps } from './segments/deps.ts';
import type { SourceListing, Status } from './status/schema.ts';
import type { StatusDeps } from './status/status.ts';
import type { Store } from './store/store.ts';
import type { SyncDeps } from './syncs/deps.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

export interface App {
  readonly config: Config;
  warehouse(): Promise<Warehouse>;
  store(): Promise<Store>;
  queue(): Promise<Queue>;
  dbt(): Promise<Dbt>;
  /** All kinds of documents: what goes through documents is handed them. */
  kinds(): Promise<DocumentKinds>;
  /** What the functions of src/segments are handed. */
  segments(): Promise<SegmentDeps>;
  /** What the functions of src/syncs are handed. */
  syncs(): Promise<SyncDeps>;
  /** What the functions of src/reported-builds.ts are handed. */
  reportedBuilds(): Promise<ReportDeps<JobRooms>>;
  /** What the functions of src/activations are handed. */
  activations(): Promise<ActivationDeps<CheckRooms & PlanRooms>>;
  /** What the functions of src/identity are handed. */
  identity(): Promise<WhatIfDeps>;
  /** The same with the catalogue: for entities by any of their identifiers. */
  profiles(): Promise<ProfileDeps>;
  /** What readStatus is handed. */
  status(): Promise<StatusDeps>;
  /** Listens on SLUICE_HOST and SLUICE_PORT. Closing answers what is under way and stores what was taken. */
  service(): Promise<Service>;
  /** The clock, and the workers that run what is due. Closing lets running jobs finish, or hands them back. */
  schedules(): Promise<Closable>;
  /** Closes what was opened: first what takes work, all at once, then what it stands on, last opened first. Servers that other processes use stay up. */
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

export interface Service extends Closable {
  readonly url: string;
  /** Resolves, with the reason, when the service can never work again: end the process. */
  readonly gaveUp: Promise<Error>;
}

export function openApp(config: Config): App {
  type Closers = (() => Promise<void>)[];
  /** Of the service, of jobs and their clock, of what both stand on. */
  const [answering, working, base]: [Closers, Closers, Closers] = [[], [], []];

  /**
   * Opened by the first who asks, shared by the others; one that cannot be opened is tried again by the next. Parts are imported on demand:
   * `--help` loads none of them.
   */
  function once<T extends Closable>(open: () => Promise<T>, closers: Closers = base): () => Promise<T> {
    let opened: Promise<T> | undefined;
    const openAndRemember = async () => {
      try {
        const part = await open();
        closers.push(() => part.close());
        return part;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    };
    return () => (opened ??= openAndRemember());
  }

  const warehouse = once(async () => (await import('./warehouse/warehouse.ts')).openWarehouse(config));
  const store = once(async () => (await import('./store/store.ts')).openStore(config));
  const kinds = async () => (await import('./document-kinds.ts')).DOCUMENT_KINDS;
  const queue = once(async () => openWorkQueue(config, await store(), await kinds()), working);
  const dbt = once(async () => {
    const [{ openDbt }, { setUpPython }] = await Promise.all([import('./dbt/dbt.ts'), import('./dbt/python.ts')]);
    await setUpPython(config);
    return openDbt(config, await warehouse(), await store());
  });
  const segments = async (): Promise<SegmentDeps> => {
    const { dependentSyncs } = await import('./syncs/segment-dependents.ts');
    return { ...openSegments(config, await warehouse(), await store(), dbt), dependents: dependentSyncs(syncs) };
  };
  const syncs = async () => openSyncs(await warehouse(), await store(), dbt);
  const activations = async () => {
    const deps = await syncs();
    const [{ resources }, opened, catalogue] = await Promise.all([store(), warehouse(), deps.catalogue()]);
    const rooms = { warehouse: opened, catalogue, syncs: deps };
    return { projectDir: config.projectDir, resources, warehouse: opened, catalogue, kinds: await kinds(), rooms };
  };
  const schedules = once(async () => {
    // Before the queue, so that they are closed after it: running jobs use them.
    const deps = { ...(await reportedBuilds()), warehouse: await warehouse() };
    const rooms = await deps.rooms();
    const followBuilds = async () => (await import('./reported-builds.ts')).followRecordedBuilds(deps);
    const concernedBy: ConcernedBy = async (done, { summary }) => {
      const [{ isBuildOfSome }, { readersOf }, { readBuild }] = await Promise.all([
        import('./schedule/jobs.ts'),
        import('./follow-build.ts'),
        import('./dbt/recorded-builds.ts'),
      ]);
      if (!isBuildOfSome(done)) return undefined;
      const { models } = await readBuild(deps.warehouse, String(summary.run_id));
      return readersOf(deps, {
        models: models.map(({ unique_id: uniqueId, status }) => ({ uniqueId, status: status as ModelResult['status'] })),
      });
    };
    return openSchedules(config, deps, { dbt: await dbt(), queue: await queue(), rooms }, { followBuilds, concernedBy });
  }, working);
  const reportedBuilds = async (): Promise<ReportDeps<JobRooms>> => ({
    store: await store(),
    queue: await queue(),
    kinds: await kinds(),
    rooms: async () => ({ segments: await segments(), syncs: await syncs() }),
    manifest: async () => (await dbt()).manifest(),
  });
  const identity = async () => openIdentity(config, await warehouse(), store, dbt);
  const profiles = async (): Promise<ProfileDeps> => ({ ...(await identity()), catalogue: (await segments()).catalogue });
  const status = async () => {
    const [opened, controlPlane] = await Promise.all([warehouse(), store()]);
    return { warehouse: opened, store: controlPlane, queue: await queue(), syncs: await syncs(), kinds: await kinds() };
  };
  const service = once(async () => {
    const { listSources, readStatus } = await import('./status/status.ts');
    return openService(config, await warehouse(), await store(), {
      identity,
      profiles,
      activations: async () => {
        const [{ applyPosted, planPosted }, deps] = await Promise.all([import('./activations/posted.ts'), activations()]);
        return { plan: (posted) => planPosted(deps, posted), apply: (posted, by) => applyPosted(deps, posted, by) };
      },
      kinds,
      segments,
      syncs,
      queue,
      followBuild: async (build) => (await import('./reported-builds.ts')).followReportedBuild(await reportedBuilds(), build),
      status: async () => readStatus(await status()),
      sources: async () => listSources({ warehouse: await warehouse() }),
    });
  }, answering);

  return {
    config,
    warehouse,
    store,
    queue,
    dbt,
    kinds,
    segments,
    syncs,
    reportedBuilds,
    activations,
    identity,
    profiles,
    status,
    service,
    schedules,
    async close() {
      const failures = (await Promise.all([closeAll(answering), closeAll(working)])).flat();
      failures.push(...(await closeAll(base)));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Last opened first, whatever fails. @returns what was thrown. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) await close().catch((error: unknown) => failures.push(error));
  return failures;
}

async function openWorkQueue(config: Config, store: Store, kinds: DocumentKinds): Promise<Queue> {
  const [{ openQueue }, { queueFailures }, { createLogger }] = await Promise.all([
    import('./schedule/queue.ts'),
    import('./schedule/log.ts'),
    import('./log.ts'),
  ]);
  return openQueue(store, { kinds, onError: queueFailures(createLogger(config)) });
}

type ConcernedBy = NonNullable<RunOptions['concernedBy']>;

async function openSchedules(
  config: Config,
  { store, kinds }: Pick<ReportDeps<JobRooms>, 'store' | 'kinds'>,
  { dbt, queue, rooms }: { readonly dbt: Dbt; readonly queue: Queue; readonly rooms: JobRooms },
  after: { readonly followBuilds: () => Promise<readonly Followed[]>; readonly concernedBy: ConcernedBy },
): Promise<Closable> {
  const [{ runSchedules }, { jobHandlers }, { scheduleLog }, { createLogger }] = await Promise.all([
    import('./schedule/run.ts'),
    import('./job-handlers.ts'),
    import('./schedule/log.ts'),
    import('./log.ts'),
  ]);
  const logger = createLogger(config);
  return runSchedules({
    store,
    queue,
    config,
    kinds,
    handlers: jobHandlers(dbt, kinds, rooms),
    ...after,
    onError: (error) => logger.error({ err: error }, 'schedules'),
    log: scheduleLog(logger),
  });
}

/** Read anew each time: a build or an edit of the project may have changed it. */
const catalogueFrom = (dbt: () => Promise<Dbt>) => async (): Promise<Catalogue> => {
  const [{ catalogueOf }, worker] = await Promise.all([import('./catalogue/catalogue.ts'), dbt()]);
  return catalogueOf((await worker.manifest()).models);
};

function openSegments(config: Config, warehouse: Warehouse, store: Store, dbt: () => Promise<Dbt>): SegmentDeps {
  return {
    warehouse,
    resources: store.resources,
    leases: store.leases,
    catalogue: catalogueFrom(dbt),
    modelsReading: async (view) => (await (await dbt()).manifest()).models.filter(({ audiences }) => audiences.includes(view)),
    timezone: config.SLUICE_TIMEZONE,
    allowsSql: config.SLUICE_SEGMENT_SQL,
    keptVersions: config.SLUICE_SEGMENT_VERSIONS,
    language: config.SLUICE_LANGUAGE,
    now: () => new Date(),
  };
}

async function openSyncs(warehouse: Warehouse, store: Store, dbt: () => Promise<Dbt>): Promise<SyncDeps> {
  const [{ defaultDelivery }, { connectors }] = await Promise.all([import('./syncs/deps.ts'), import('../connectors/registry.ts')]);
  return {
    warehouse,
    resources: store.resources,
    secrets: store.secrets,
    leases: store.leases,
    connectors,
    catalogue: catalogueFrom(dbt),
    environment: process.env,
    delivery: defaultDelivery,
  };
}

/** Decisions need the warehouse alone: what-if opens the rest. */
async function openIdentity(
  config: Config,
  warehouse: Warehouse,
  store: () => Promise<Store>,
  dbt: () => Promise<Dbt>,
): Promise<WhatIfDeps> {
  const [{ knownTypes }, { readProjectRules }] = await Promise.all([import('./identity/rules.ts'), import('./identity/read-rules.ts')]);
  const rules = () => readProjectRules(config.projectDir);
  return {
    warehouse,
    rules,
    types: async () => knownTypes(await rules()),
    now: () => new Date(),
    dbt,
    resources: { list: async (kind) => (await store()).resources.list(kind) },
  };
}

/** What the API needs and a service that only collects does not: opened by the first call. */
interface OnDemand {
  readonly identity: () => Promise<WhatIfDeps>;
  readonly profiles: () => Promise<ProfileDeps>;
  readonly activations: () => Promise<PostedPlans>;
  readonly kinds: () => Promise<DocumentKinds>;
  readonly segments: () => Promise<SegmentDeps>;
  readonly syncs: () => Promise<SyncDeps>;
  readonly queue: () => Promise<Queue>;
  readonly followBuild: (build: ReportedBuild) => Promise<Followed>;
  readonly status: () => Promise<Status>;
  readonly sources: () => Promise<SourceListing[]>;
}

async function openService(config: Config, warehouse: Warehouse, store: Store, onDemand: OnDemand): Promise<Service> {
  const [
    { admissionLimits, createAdmission },
    { createCollector },
    { createLanding },
    { createLandingWatch },
    { createRefusals },
    { createHttpApp },
    { startServer },
    { createLogger },
    { probesOf },
    { runningSyncs },
  ] = await Promise.all([
    import('./collect/admission.ts'),
    import('./collect/collector.ts'),
    import('./collect/landing.ts'),
    import('./collect/landing-watch.ts'),
    import('./collect/refusals.ts'),
    import('./http/app.ts'),
    import('./http/server.ts'),
    import('./log.ts'),
    import('./status/probes.ts'),
    import('./syncs/lease.ts'),
  ]);
  const logger = createLogger(config);
  const watch = createLandingWatch();
  const landing = createLanding(warehouse.owner, undefined, watch);
  const refusals = createRefusals(warehouse.owner);
  let hasGivenUp = false;
  const gaveUp = Promise.race([warehouse.gaveUp, store.gaveUp]);
  void gaveUp.then(() => {
    hasGivenUp = true;
  });
  const http = createHttpApp({
    logger,
    collector: createCollector({
      apiKeys: store.apiKeys,
      landing,
      refusals,
      admission: createAdmission(admissionLimits(config)),
      foreignRaw: warehouse.rawSource === warehouse.databases.raw ? undefined : warehouse.rawSource,
    }),
    bodyTimeoutMs: 1_000 * config.SLUICE_BODY_TIMEOUT_SECONDS,
    probes: probesOf(warehouse, store, watch.read),
    hasGivenUp: () => hasGivenUp,
    api: { apiKeys: store.apiKeys, store, warehouse, config, isRunning: runningSyncs(store.leases), ...onDemand },
  });
  const address = { host: config.SLUICE_HOST, port: config.SLUICE_PORT, maxConnections: config.SLUICE_MAX_CONNECTIONS };
  const server = await startServer(http, address, (error) => logger.error({ reason: error.message }, 'a connection could not be taken'));
  return {
    url: server.url,
    gaveUp,
    async close() {
      await server.stop();
      await Promise.all([landing.close(), refusals.close()]);
    },
  };
}
