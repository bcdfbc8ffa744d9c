/** The samples that a project is built on: `samples/<source>__<table>.csv|jsonl|parquet` and, as calls of the collection API, `samples/events.jsonl`. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdmission } from '../collect/admission.ts';
import { type Collector, createCollector } from '../collect/collector.ts';
import { createLanding } from '../collect/landing.ts';
import { createRefusals } from '../collect/refusals.ts';
import type { Problem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { loadFiles } from '../loads/load-files.ts';
import type { LoadDeps } from '../loads/load-request.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

export interface Loaded {
  readonly tables: number;
  readonly rows: number;
  readonly events: number;
  readonly problems: readonly (Problem & { readonly file: string; readonly level: 'error' | 'warning' })[];
}

const FOLDER = 'samples';
const EVENTS = 'events.jsonl';
const TABLE = /^(.+?)__(.+?)\.(?:csv|jsonl|parquet)(?:\.gz)?$/;
/** Below the longest body that the collection API takes. */
const BODY_CHARACTERS = 100_000;

/** Loads the samples in the same way as real data; a source without samples stays empty. */
export async function loadSamples(
  deps: LoadDeps & { readonly warehouse: Warehouse },
  projectDir: string,
  signal: AbortSignal,
): Promise<Loaded> {
  const problems: Loaded['problems'][number][] = [];
  let [tables, rows, events] = [0, 0, 0];
  const names = await readdir(join(projectDir, FOLDER)).catch(() => []);
  for (const name of names.filter((entry) => !/^\.|\.md$/.test(entry)).sort()) {
    signal.throwIfAborted();
    const file = join(FOLDER, name);
    const found = (level: 'error' | 'warning', message: string, line?: number) =>
      problems.push({ path: [], level, file, message, ...(line === undefined ? {} : { line }) });
    if (name === EVENTS) {
      events += await collect(deps.warehouse, await readFile(join(projectDir, file), 'utf8'), found);
      continue;
    }
    const [, source, table] = TABLE.exec(name) ?? [];
    if (source === undefined || table === undefined) {
      found('error', `is not read: samples are named <source>__<table>.csv, .jsonl or .parquet, and ${EVENTS}.`);
      continue;
    }
    try {
      const loaded = await loadFiles(deps, { from: join(projectDir, file), source, table, mode: 'append' }, { signal });
      tables += 1;
      rows += loaded.rows;
      if (loaded.rejected > 0) found('warning', `${loaded.rejected} of its rows do not fit the columns, and were left out.`);
    } catch (error) {
      if (!(error instanceof CdpError) || signal.aborted) throw error;
      found('error', error.message);
    }
  }
  return { tables, rows, events, problems };
}

type Found = (level: 'error' | 'warning', message: string, line?: number) => unknown;

/** One call a line, as `/v1/batch` takes them. @returns how many were accepted. */
async function collect(warehouse: Warehouse, text: string, found: Found): Promise<number> {
  const landing = createLanding(warehouse.owner);
  const refusals = createRefusals(warehouse.owner);
  const apiKeys = { verify: async () => ({ id: 'samples', scopes: ['collect'] as const, source: 'samples' }) };
  const collector = createCollector({ apiKeys, landing, refusals, admission: createAdmission() });
  let accepted = 0;
  try {
    for (const calls of batches(readLines(text, found))) accepted += await send(collector, calls, found);
  } finally {
    await Promise.all([landing.close(), refusals.close()]);
  }
  return accepted;
}

interface Call {
  readonly line: number;
  readonly text: string;
}

function readLines(text: string, found: Found): Call[] {
  return text.split('\n').flatMap((written, index) => {
    const call = { line: index + 1, text: written.trim() };
    if (call.text === '') return [];
    try {
      JSON.parse(call.text);
      return [call];
    } catch (error) {
      found('error', `is not JSON: ${error instanceof Error ? error.message : String(error)}`, call.line);
      return [];
    }
  });
}

function* batches(calls: readonly Call[]): Generator<readonly Call[]> {
  let [batch, characters]: [Call[], number] = [[], 0];
  for (const call of calls) {
    if (batch.length > 0 && characters + call.text.length > BODY_CHARACTERS) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(call);
    characters += call.text.length;
  }
  if (batch.length > 0) yield batch;
}

async function send(collector: Collector, calls: readonly Call[], found: Found): Promise<number> {
  // Joined as texts: parsing and printing would change long numbers.
  const bytes = Buffer.from(`{"batch":[${calls.map(({ text }) => text).join(',')}]}`);
  const body = { length: bytes.length, isPacked: false, read: async () => ({ bytes, isWhole: true }) };
  const { accepted, rejected } = await collector.collect({ call: 'batch', key: 'samples', body, requestId: 'samples' });
  for (const { index, reason, detail } of rejected) found('error', `was refused (${reason}): ${detail}`, calls[index]?.line);
  return accepted;
}
