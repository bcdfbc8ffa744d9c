/** How fast events are collected, beside a bare app that parses and answers, and beside ClickHouse's own client that inserts. */
import * as z from 'zod';
import { NODE_FLAGS } from '../../src/node-flags.mjs';
import { defineQuery, defineStatement } from '../../src/warehouse/query.ts';
import { type Child, type Methods, startChild } from '../child.ts';
import { benchErrors } from '../errors.ts';
import { watchMemory } from '../memory.ts';
import type { CollectOptions } from '../options.ts';
import { conditionsOf } from '../pipeline/conditions.ts';
import { openSurroundings, type Surroundings } from '../pipeline/surroundings.ts';
import { median, rounded } from '../statistics.ts';
import type { BareAppMethods } from './bare-app-process.ts';
import type { BareInsertMethods, Inserted } from './bare-insert-process.ts';
import type { GeneratorMethods, Loaded } from './generator-process.ts';
import { CollectResult } from './result.ts';
import type { ServiceMethods } from './service-process.ts';

interface Tools {
  /** Progress, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Same columns and settings as the landing table, so that its inserts and merges cost the same. */
const BARE_TABLE = 'sluice_raw.bench_events';
const BARE_ROWS = [10_000, 100] as const;
/** Of the time of a measurement, before it. */
const WARM_UP = 0.2;

export async function runCollect(options: CollectOptions, tools: Tools): Promise<CollectResult> {
  const closing = new AsyncDisposableStack();
  try {
    const surroundings = await openSurroundings({ keep: false, say: tools.say }, closing);
    return await measure(options, surroundings, closing, tools);
  } finally {
    await closing.disposeAsync();
  }
}

async function measure(
  { seconds, messages, connections }: CollectOptions,
  surroundings: Surroundings,
  closing: AsyncDisposableStack,
  { say, signal }: Tools,
): Promise<CollectResult> {
  const { warehouse, store } = surroundings;
  const start = <M extends Methods>(file: string, flags: readonly string[] = [], stderr?: 'thrown away'): Child<M> => {
    const environment = { ...surroundings.environment, SLUICE_PORT: '0' };
    const child = startChild<M>(new URL(file, import.meta.url), environment, flags, stderr);
    closing.defer(() => child.stop());
    return child;
  };
  const conditions = await conditionsOf(warehouse);
  const run = (sql: string) => warehouse.owner.run(defineStatement({ name: 'bench.collect', sql, params: z.object({}) }), {});
  await run(`create table ${BARE_TABLE} as sluice_raw.events`);
  const { plain } = await store.apiKeys.create({ name: 'bench', scopes: ['collect'], source: 'bench' });
  const authorization = `Basic ${Buffer.from(`${plain}:`).toString('base64')}`;

  const generator = start<GeneratorMethods>('./generator-process.ts');
  const bareInsert = start<BareInsertMethods>('./bare-insert-process.ts');
  const bareApp = await start<BareAppMethods>('./bare-app-process.ts').call('start', undefined);
  const serviceProcess = start<ServiceMethods>('./service-process.ts', NODE_FLAGS, 'thrown away');
  const service = await serviceProcess.call('start', undefined);

  const load = async (url: string, one: { messages: number; connections: number; rate?: number }, cpu = async () => 0) => {
    signal.throwIfAborted();
    // Its key is looked up once, not once for each connection.
    await generator.call('load', { url, authorization, messages: 1, connections: 1, seconds: (seconds * WARM_UP) / 10 });
    await generator.call('load', { url, authorization, ...one, seconds: seconds * WARM_UP });
    const before = await cpu();
    return { ...(await generator.call('load', { url, authorization, ...one, seconds })), before, after: await cpu() };
  };
  /** Starts with empty tables: merges of what was measured before would be paid here. */
  const loadService = async (one: { messages: number; connections: number; rate?: number }) => {
    await run('truncate table sluice_raw.events sync');
    const { result, peakMb } = await watchMemory(service.pid, () => load(service.url, one, () => serviceProcess.call('cpu', undefined)));
    const cpuSeconds = result.after - result.before;
    return {
      ...roundedAll(result),
      peak_mb: Math.round(peakMb),
      cpu_us_per_event: rounded((cpuSeconds * 1e6) / (result.events_per_second * seconds)),
    };
  };
  const inserts: { rows: number; inserted: Inserted }[] = [];
  const insertBare = async () => {
    for (const rows of BARE_ROWS) {
      signal.throwIfAborted();
      await run(`truncate table ${BARE_TABLE} sync`);
      inserts.push({ rows, inserted: await bareInsert.call('insert', { table: BARE_TABLE, rows, seconds }) });
    }
  };

  const cases: CollectResult['cases'] = [];
  for (const each of messages) {
    say('Inserting with a bare client');
    await insertBare();
    for (const lanes of connections) {
      say(`Collecting batches of ${each} over ${lanes} connections`);
      const one = { messages: each, connections: lanes };
      const bare = roundedAll(await load(bareApp.url, one));
      const since = new Date().toISOString().slice(0, -1);
      const collected = await loadService(one);
      await run('system flush logs');
      const [inserted] = await warehouse.owner.ask(insertsSince, { since });
      cases.push({
        ...one,
        service: { ...collected, rows_per_insert: inserted?.rows ?? 0 },
        bare_app: bare,
        ratio_to_bare_app: rounded(collected.events_per_second / bare.events_per_second),
      });
    }
  }
  await insertBare();
  const bare_inserts = BARE_ROWS.map((rows) => ({ rows, ...medians(inserts.filter((one) => one.rows === rows)) }));

  const largest = Math.max(...messages);
  const best = cases.filter((one) => one.messages === largest).toSorted(byRate)[0];
  const singles = cases.filter((one) => one.messages === Math.min(...messages))[Math.floor(connections.length / 2)];
  if (!best || !singles || best.service.events_per_second === 0) throw benchErrors.step_failed('The service has answered no request');
  say('Collecting at half of the highest rate');
  const half = { messages: largest, connections: best.connections, rate: best.service.events_per_second / largest / 2 };
  const atHalf = await loadService(half);
  return CollectResult.parse({
    conditions,
    seconds,
    bare_inserts,
    cases,
    half_load: {
      messages: half.messages,
      connections: half.connections,
      ...atHalf,
      p99_to_bare_insert: rounded(atHalf.p99_ms / (bare_inserts[1]?.p99_ms ?? Number.NaN)),
    },
    ratios: {
      batches_to_bare_inserts: rounded(best.service.events_per_second / (bare_inserts[0]?.rows_per_second ?? Number.NaN)),
      singles_to_bare_app: singles.ratio_to_bare_app,
    },
  });
}

/** What the gathering made of the requests. */
const insertsSince = defineQuery({
  name: 'bench.inserts_since',
  sql: `
    select round(avg(written_rows)) as rows
    from system.query_log
    where type = 'QueryFinish' and log_comment = 'insert.sluice_raw.events' and event_time_microseconds >= {since:DateTime64(3, 'UTC')}
  `,
  params: z.object({ since: z.string() }),
  row: z.object({ rows: z.number().nullable() }),
});

const byRate = (a: CollectResult['cases'][number], b: CollectResult['cases'][number]) =>
  b.service.events_per_second - a.service.events_per_second;

const roundedAll = ({ events_per_second, p50_ms, p99_ms, refused }: Loaded): Loaded => ({
  events_per_second: rounded(events_per_second),
  p50_ms: rounded(p50_ms),
  p99_ms: rounded(p99_ms),
  refused,
});

function medians(turns: readonly { inserted: Inserted }[]): Inserted {
  const of = (figure: keyof Inserted) => rounded(median(turns.map(({ inserted }) => inserted[figure])));
  return { rows_per_second: of('rows_per_second'), p50_ms: of('p50_ms'), p99_ms: of('p99_ms') };
}
