/**
 * Checks a project as for a pull request: parses it, checks its documents against its catalogue, builds it on samples in a warehouse of its
 * own, and runs every segment and mapping there. Nothing of an installation is read or written.
 */

import { checkActivations, readerOf } from '../activations/check.ts';
import { type Activations, type FileProblem, readActivations } from '../activations/read.ts';
import { type Catalogue, catalogueOf } from '../catalogue/catalogue.ts';
import { withoutUnknownWords } from '../catalogue/words.ts';
import { type Dbt, openDbt, openParser } from '../dbt/dbt.ts';
import type { Manifest } from '../dbt/manifest.ts';
import { setUpPython } from '../dbt/python.ts';
import type { BuildResult } from '../dbt/result.ts';
import type { DocumentKind } from '../documents/kind.ts';
import type { Problem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import type { SegmentCheckDeps } from '../segments/kind.ts';
import type { ListCheckDeps } from '../segments/lists/kind.ts';
import { publishAll } from '../segments/publish-all.ts';
import { databasesOf } from '../sql/databases.ts';
import { unknownWords } from '../status/upgrade.ts';
import { freeLeases } from '../store/free-leases.ts';
import { defaultDelivery, type SyncDeps } from '../syncs/deps.ts';
import { errors } from '../syncs/errors.ts';
import type { SyncCheckDeps } from '../syncs/kind.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { buildFindings } from './build-findings.ts';
import { declaredColumns } from './declared.ts';
import { errors as ciErrors } from './errors.ts';
import type { Finding, Level } from './finding.ts';
import { placeInMessage, placeInYml, placeOfMeta, prefixInRepository } from './places.ts';
import { loadSamples } from './samples.ts';
import { makeSurroundings, type Surroundings } from './surroundings.ts';

export interface Step {
  readonly name: string;
  readonly is_ok: boolean;
  readonly seconds: number;
  /** The checked parts, in numbers. */
  readonly detail: string;
}

export interface CiReport {
  readonly is_ok: boolean;
  readonly seconds: number;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** The project's own file, where the code host looks for it: for what stands in no other. */
  readonly project_file: string;
}

export interface CiRequest {
  readonly projectDir: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Stops after the documents: no server is started. */
  readonly isParseOnly: boolean;
  readonly connectors: SyncDeps['connectors'];
  readonly kinds: readonly DocumentKind<SegmentCheckDeps & ListCheckDeps & SyncCheckDeps>[];
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
}

/** Faults of the project are findings. @throws CdpError when it could not be checked: no Python, no room for a server, stopped. */
export async function checkProject(request: CiRequest): Promise<CiReport> {
  const surroundings = await makeSurroundings(request.projectDir, request.environment);
  try {
    const run = new Run(request, await prefixInRepository(request.projectDir));
    await checkIn(run, surroundings);
    return run.report();
  } finally {
    await surroundings.close();
  }
}

interface Parsed {
  readonly manifest: Manifest;
  readonly catalogue: Catalogue;
}

async function checkIn(run: Run, surroundings: Surroundings): Promise<void> {
  const { isParseOnly } = run.request;
  const config = { ...surroundings.config, projectDir: run.request.projectDir, profilesDir: surroundings.profilesDir };
  await setUpPython(config);
  const prefix = config.SLUICE_DATABASE_PREFIX;
  const warehouse = isParseOnly
    ? undefined
    : await run.step('warehouse', async () => {
        const opened = await surroundings.openWarehouse();
        return { result: opened, detail: `ClickHouse ${opened.version}, of this check alone` };
      });
  const dbt = warehouse
    ? openDbt(config, warehouse, { leases: freeLeases() })
    : openParser(config, { prefix, rawSource: databasesOf(prefix).raw });
  try {
    const parsed = await run.step('parse', () => parse(run, dbt));
    if (parsed === undefined) return;
    const activations = await run.step('documents', () => checkDocuments(run, parsed, prefix));
    if (warehouse !== undefined) await checkBuilt(run, { ...parsed, activations, config, warehouse, dbt: dbt as Dbt });
  } finally {
    await dbt.close();
  }
}

type Done<T> = { readonly result: T; readonly detail: string };

async function parse(run: Run, dbt: Pick<Dbt, 'manifest' | 'close'>): Promise<Done<Parsed | undefined>> {
  const { projectDir, signal } = run.request;
  // Parsing cannot be asked to stop, so its process is ended.
  const stop = () => void dbt.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const manifest = await dbt.manifest();
    // A misspelt word would be ignored, and its column would silently be missing.
    for (const { file, model, column, sentence } of await unknownWords(projectDir)) {
      run.add('error', { path: [], message: sentence, ...(await placeInYml(projectDir, file, model, column)) });
    }
    try {
      const catalogue = catalogueOf(manifest.models.map(withoutUnknownWords));
      const detail = `${manifest.models.length} models, ${catalogue.entities.size} entities`;
      return { result: { manifest, catalogue }, detail };
    } catch (error) {
      if (!(error instanceof CdpError)) throw error;
      const named = manifest.models.find(({ name }) => new RegExp(`\\b${name}\\b`).test(error.message));
      const place = named === undefined ? {} : await placeOfMeta(projectDir, named.file, named.name);
      run.add('error', { path: [], message: error.message, ...place });
      return { result: undefined, detail: 'the catalogue cannot be read' };
    }
  } catch (error) {
    if (signal.aborted) throw ciErrors.stopped('The check was stopped.');
    if (!(error instanceof CdpError) || error.code !== 'dbt.invalid_project') throw error;
    run.add('error', { path: [], message: error.message.trim(), ...placeInMessage(projectDir, error.message) });
    return { result: undefined, detail: 'dbt cannot read the project' };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Before anything is built: against what the project declares. */
async function checkDocuments(run: Run, { manifest, catalogue }: Parsed, prefix: string): Promise<Done<Activations>> {
  const { projectDir } = run.request;
  const activations = await readActivations(projectDir, run.request.kinds).catch((error: unknown): Activations => {
    if (!(error instanceof CdpError)) throw error;
    run.add('error', { path: [], message: error.message, file: 'activations' });
    return { files: [], problems: [] };
  });
  const entityOf = (id: string) => {
    const document = activations.files.find((file) => file.kind === 'segment' && file.id === id)?.document;
    const { entity } = Object(document) as { entity?: unknown };
    return typeof entity === 'string' ? entity : undefined;
  };
  const project = { models: manifest.models, catalogue, published: databasesOf(prefix).published, entityOf };
  const { problems, warnings } = await checkActivations(activations, run.request.kinds, {
    catalogue,
    warehouse: undefined,
    // With `declared` the warehouse is not asked; there may be none.
    syncs: syncDepsOf(run, catalogue, activations, undefined as unknown as Warehouse),
    declared: (source) => declaredColumns(project, source),
  });
  run.addDocuments(problems, warnings);
  return { result: activations, detail: `${activations.files.length} documents` };
}

interface Built extends Parsed {
  readonly activations: Activations;
  readonly config: Surroundings['config'];
  readonly warehouse: Warehouse;
  readonly dbt: Dbt;
}

async function checkBuilt(run: Run, built: Built): Promise<void> {
  const { projectDir, signal } = run.request;
  const { warehouse, config } = built;
  await run.step('samples', async () => {
    const deps = { warehouse, leases: freeLeases(), dataDir: config.dataDir };
    const { tables, rows, events, problems } = await loadSamples(deps, projectDir, signal);
    for (const { level, ...problem } of problems) run.add(level, problem);
    return { result: undefined, detail: `${rows} rows in ${tables} tables, ${events} events` };
  });
  const result = await run.step('build', async () => {
    try {
      const result = await built.dbt.build({ isWithUnitTests: 'own', signal });
      for (const finding of await buildFindings(projectDir, result)) run.add('error', finding);
      return { result, detail: describeBuild(result) };
    } catch (error) {
      if (!(error instanceof CdpError) || signal.aborted) throw error;
      run.add('error', { path: [], message: error.message });
      return { result: undefined, detail: 'it could not be run' };
    }
  });
  if (result === undefined) return;
  await run.step('segments', () => askSegments(run, built, result));
  await run.step('syncs', () => prepareAll(run, built));
}

function describeBuild({ models, tests }: BuildResult): string {
  const count = (wanted: string) => tests.filter(({ status }) => status === wanted).length;
  const made = models.filter(({ status }) => status === 'success').length;
  return `${made} of ${models.length} models built; ${count('pass')} of ${tests.length} tests passed, ${count('warn')} warnings`;
}

/** UNKNOWN_TABLE and UNKNOWN_DATABASE of ClickHouse. */
const NOT_THERE: readonly unknown[] = [60, 81];

/** Publishes each segment on the samples, which shows faults that only its SQL has, such as a column of another type than its yml says. */
async function askSegments(run: Run, built: Built, { models }: BuildResult): Promise<Done<undefined>> {
  const { activations, catalogue, warehouse, config } = built;
  const deps = {
    warehouse,
    resources: readerOf(activations),
    leases: freeLeases(),
    catalogue: async () => catalogue,
    modelsReading: async () => [],
    timezone: config.SLUICE_TIMEZONE,
    allowsSql: config.SLUICE_SEGMENT_SQL,
    now: () => new Date(),
  };
  const isWhole = models.every(({ status }) => status === 'success');
  const outcomes = await publishAll(deps, { isForced: true, signal: run.request.signal });
  for (const outcome of outcomes) {
    // Faults of documents were reported before, and those of a failed model by the build.
    if (outcome.status !== 'failed' || ['segments.invalid', 'segments.dependency_failed'].includes(outcome.error.code)) continue;
    const file = activations.files.find(({ kind, id }) => kind === 'segment' && id === outcome.segment_id);
    const isConsequence = !isWhole && NOT_THERE.includes(outcome.error.context.clickhouse_code);
    const message = isConsequence ? 'was not asked: a table that it reads was not built.' : withoutQuery(outcome.error.message);
    const place = file === undefined ? {} : { file: file.file, ...placed(file.written.locate([{ path: ['where'], message }])[0]) };
    run.add(isConsequence ? 'note' : 'error', { path: [], message, ...place });
  }
  const asked = outcomes.filter(({ status }) => status === 'published').length;
  return { result: undefined, detail: `${asked} of ${outcomes.length} segments asked` };
}

/** The query id is cut out: the warehouse goes with the check, and the same fault should read the same each time. */
const withoutQuery = (message: string) => message.replace(/(\[ClickHouse \d+ \w+), query [^\]]*\]/, '$1]');

/** Once more, with a warehouse and tables: patterns, and mappings against the columns that there really are. */
async function prepareAll(run: Run, { activations, catalogue, warehouse, config }: Built): Promise<Done<undefined>> {
  const syncs = syncDepsOf(run, catalogue, activations, warehouse);
  const { problems, warnings } = await checkActivations(activations, run.request.kinds, {
    catalogue,
    warehouse,
    syncs,
    timezone: config.SLUICE_TIMEZONE,
    allowsSql: config.SLUICE_SEGMENT_SQL,
  });
  run.addDocuments(problems, warnings);
  return { result: undefined, detail: `${activations.files.filter(({ kind }) => kind === 'sync').length} mappings` };
}

function syncDepsOf({ request }: Run, catalogue: Catalogue, activations: Activations, warehouse: Warehouse): SyncDeps {
  return {
    warehouse,
    resources: readerOf(activations),
    secrets: noSecrets,
    leases: freeLeases(),
    catalogue: async () => catalogue,
    connectors: request.connectors,
    environment: request.environment,
    delivery: defaultDelivery,
  };
}

/** Stored secrets belong to an installation: here `secret:NAME` behaves like a variable that is not set. */
const noSecrets: SyncDeps['secrets'] = {
  get: (name) => Promise.reject(errors.secret_missing(`the stored secret ${name} is not looked up by a check`, { context: { name } })),
  // A check logs in nowhere.
  put: (name) => Promise.reject(errors.secret_missing(`the secret ${name} is not stored by a check`, { context: { name } })),
};

const placed = (problem: Problem | undefined) => ({
  ...(problem?.line === undefined ? {} : { line: problem.line }),
  ...(problem?.column === undefined ? {} : { column: problem.column }),
});

type Found = Omit<Finding, 'level' | 'step'>;

/** What a check has done and found so far. */
class Run {
  readonly request: CiRequest;
  readonly #prefix: string;
  readonly #startedAt = performance.now();
  readonly #steps: Step[] = [];
  /** Findings by place and sentence: the second look at the documents repeats many of the first. */
  readonly #findings = new Map<string, Finding>();
  #step = '';

  constructor(request: CiRequest, prefix: string) {
    this.request = request;
    this.#prefix = prefix;
  }

  async step<T>(name: string, work: () => Promise<Done<T>>): Promise<T> {
    this.#goOn();
    this.#step = name;
    const startedAt = performance.now();
    const { result, detail } = await work();
    this.#goOn();
    const is_ok = ![...this.#findings.values()].some((finding) => finding.step === name && finding.level === 'error');
    const step = { name, is_ok, seconds: secondsSince(startedAt), detail };
    this.#steps.push(step);
    this.request.onStep(step);
    return result;
  }

  #goOn(): void {
    if (this.request.signal.aborted) throw ciErrors.stopped('The check was stopped.');
  }

  /** @param found its file below the project. */
  add(level: Level, found: Found): void {
    const file = found.file === undefined ? {} : { file: this.#prefix + found.file };
    const finding = { ...found, ...file, level, step: this.#step };
    const key = JSON.stringify([finding.file, finding.path, finding.message]);
    if (!this.#findings.has(key)) this.#findings.set(key, finding);
  }

  addDocuments(problems: readonly FileProblem[], warnings: readonly FileProblem[]): void {
    for (const { code: _, ...problem } of problems) this.add('error', problem);
    // Secrets are set where the service runs, and a source that is not published yet is expected where nothing is.
    for (const { code, ...problem } of warnings)
      if (code !== 'syncs.source_missing') this.add(code === 'syncs.secret_missing' ? 'note' : 'warning', problem);
  }

  report(): CiReport {
    const findings = [...this.#findings.values()];
    return {
      is_ok: !findings.some(({ level }) => level === 'error'),
      seconds: secondsSince(this.#startedAt),
      steps: this.#steps,
      findings,
      project_file: `${this.#prefix}dbt_project.yml`,
    };
  }
}

const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 10) / 100;
