/** The dbt room's interface for the other rooms: build the project, and read what it declares. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Leases } from '../store/leases.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type TrialBuild, type TrialOptions, workAside } from './aside.ts';
import { type DbtTarget, dbtVariables, profileOf } from './environment.ts';
import { errors } from './errors.ts';
import { projectFingerprint } from './fingerprint.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { pythonOf } from './python.ts';
import { recordRun } from './records.ts';
import type { BuildResult } from './result.ts';
import { type BuildRequest, runBuild } from './runs.ts';
import { createDbtWorker } from './worker.ts';

export interface Dbt {
  /** Builds models and runs their tests. A failed model is a result (`status: 'failed'`); its last good table stands. */
  build(request?: BuildRequest): Promise<BuildResult>;
  /** Builds into trial databases for `work` to read; they are dropped afterwards. */
  aside<T>(options: TrialOptions, work: (aside: TrialBuild) => Promise<T>): Promise<T>;
  /** What the project declares now. Read from the kept manifest as long as no file of the project has changed since it was last parsed. */
  manifest(): Promise<Manifest>;
  close(): Promise<void>;
}

export interface DbtConfig
  extends Pick<Config, 'SLUICE_PYTHON' | 'SLUICE_DBT_TARGET' | 'SLUICE_DBT_TIMEOUT_SECONDS' | 'dataDir' | 'projectDir'> {
  /** Folder of a profiles.yml that is read in place of the project's. */
  readonly profilesDir?: string;
}

export function openDbt(config: DbtConfig, warehouse: Warehouse, store: { readonly leases: Pick<Leases, 'withLease'> }): Dbt {
  const { worker, fingerprint, inTurn, manifest } = openProject(config, warehouse);
  const collaborators = { worker, warehouse, leases: store.leases, fingerprint, timeoutMs: config.SLUICE_DBT_TIMEOUT_SECONDS * 1_000 };
  return {
    build: (request = {}) => inTurn(() => runBuild({ ...collaborators, record: (run) => recordRun(warehouse.owner, run) }, request)),
    // It waits its turn only to build: work on the result must not keep the others waiting.
    aside: (options, work) =>
      workAside(collaborators, options, (aside) => work({ ...aside, build: (...trial) => inTurn(() => aside.build(...trial)) })),
    manifest,
    close: () => worker.close(),
  };
}

/** dbt parses without asking the warehouse anything, so the project can be read where there is no warehouse. */
export function openParser(config: DbtConfig, target: Pick<DbtTarget, 'prefix' | 'rawSource'>): Pick<Dbt, 'manifest' | 'close'> {
  const nowhere = { host: '127.0.0.1', port: 9, user: 'nobody', password: '', secure: false, settings: {} };
  const { manifest, worker } = openProject(config, { ...target, dbtConnection: nowhere });
  return { manifest, close: () => worker.close() };
}

function openProject(config: DbtConfig, target: DbtTarget) {
  const { projectDir } = config;
  // Beside the data, not in the project's target/: a data engineer's own dbt run there must not meet the service's files.
  const folder = join(config.dataDir, 'dbt');
  const variables = dbtVariables(target);
  const profile = () => (config.profilesDir === undefined ? profileOf(config) : { DBT_PROFILES_DIR: config.profilesDir });
  const worker = createDbtWorker({ python: pythonOf(config), projectDir, profile, targetDir: folder, variables });
  // Names follow from the prefix and the profile alone. Ports and passwords, which may be new at each start, do not change what is parsed.
  const fingerprint = () => {
    const used = profile();
    const names = { SLUICE_DATABASE_PREFIX: target.prefix, SLUICE_RAW_DATABASE: target.rawSource, ...used };
    return projectFingerprint(projectDir, names, [join(used.DBT_PROFILES_DIR, 'profiles.yml')]);
  };
  let parsing: Promise<unknown> = Promise.resolve();

  /** The worker takes one order at a time; a build that comes during a parse waits for it, and the other way round. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = parsing.then(work, work);
    parsing = turn.catch(() => undefined);
    return turn;
  }

  async function parse(state: string, path: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const outcome = await worker.run({ op: 'parse', fingerprint: state, manifest_path: path });
    if (outcome.type === 'failed') throw errors.invalid_project(outcome.message);
    const old = (await readdir(folder)).filter((name) => isManifest(name) && join(folder, name) !== path);
    for (const name of old) await rm(join(folder, name), { force: true });
  }

  /** Kept in memory, because each publication and each sync asks; reading and checking it again costs 7 ms. */
  let latest: { readonly state: string; readonly manifest: Manifest } | undefined;

  async function readParsed(state: string): Promise<Manifest> {
    const path = join(folder, `manifest-${state}.json`);
    const known = await readManifest(path).catch(() => undefined);
    if (known) return known;
    await inTurn(() => parse(state, path));
    return readManifest(path);
  }

  async function manifest(): Promise<Manifest> {
    const state = await fingerprint();
    if (latest?.state !== state) latest = { state, manifest: await readParsed(state) };
    return latest.manifest;
  }

  return { worker, fingerprint, inTurn, manifest };
}

const isManifest = (name: string) => /^manifest-[0-9a-f]+\.json$/.test(name);
