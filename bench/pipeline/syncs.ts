/** Measures a sync of every profile into a local sink: its diff, and its delivery beside a bare loop that posts the same rows to the same sink. */
import * as z from 'zod';
import { webhook } from '../../connectors/webhook/index.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Child } from '../child.ts';
import { benchErrors } from '../errors.ts';
import { median, rounded } from '../statistics.ts';
import type { PipelineResult } from './result.ts';
import type { ServiceMethods } from './service-process.ts';
import type { SinkMethods } from './sink-process.ts';
import { SECRET_NAME, type Surroundings } from './surroundings.ts';

/** First syncs, each of a sync of its own that nothing was sent for yet, with a bare loop before, between and after them. */
const FIRST_SYNCS = 3;
const FOLLOWING_DIFFS = 5;
/** As the webhook connector sends. */
const BATCH_ROWS = 1_000;

/** Destination field: column of `profiles`. */
const FIELDS = {
  email: 'email',
  first_name: 'first_name',
  city: 'city',
  country_code: 'country_code',
  event_count: 'event_count',
  order_count: 'order_count',
  revenue_total: 'revenue_total',
  last_order_at: 'last_order_at',
};

/** The rows that the sync sends, as JSON lines. */
const BARE_ROWS = `
  select
      profile_id as id,
      ${Object.values(FIELDS).join(',\n      ')}
  from sluice.profiles
  settings output_format_json_quote_64bit_integers = 0, output_format_json_quote_decimals = 0, date_time_output_format = 'iso'`;

/** What a day of the shop leaves in `profiles`, without a build in between: the next build would write the same. */
const changeSome = defineStatement({
  name: 'bench.change_profiles',
  sql: `
    alter table sluice.profiles
        update event_count = event_count + 1 where sipHash64(profile_id) % 100 = {round:UInt8},
        delete where sipHash64(profile_id, 'leaves') % 1000 = {round:UInt8}`,
  params: z.object({ round: z.int() }),
});

export async function measureSyncs(
  surroundings: Surroundings,
  service: Child<ServiceMethods>,
  tools: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<Pick<PipelineResult, 'diff' | 'delivery'>> {
  const { warehouse, children } = surroundings;
  const sink = children.sink();
  const url = await sink.call('listen', undefined);
  const ids = await applySyncs(surroundings, url);
  const bareLoop = children.bareLoop();

  const bare: number[] = [];
  const runBare = async () => {
    const loop = { sql: BARE_ROWS, url, batchRows: BATCH_ROWS, concurrency: webhook.limits.concurrency };
    const { seconds } = await bareLoop.call('run', loop);
    const { rows } = await sink.call('take', undefined);
    bare.push(rows / seconds);
    tools.say(`  bare loop: ${perSecond(rows / seconds)}`);
    return rows;
  };

  let rows = await runBare();
  const firsts: Sync[] = [];
  for (const id of ids) {
    tools.signal.throwIfAborted();
    const first = await runSync(service, sink, id);
    tools.say(`  first sync: ${perSecond(first.accepted / first.deliverySeconds)}, after a diff of ${first.diffSeconds.toFixed(2)} s`);
    firsts.push(first);
    rows = await runBare();
    if (rows !== first.accepted) throw benchErrors.results_differ(`${id} sent ${first.accepted} rows, the bare loop ${rows}`);
  }

  const following: Sync[] = [];
  for (let round = 0; round < FOLLOWING_DIFFS; round += 1) {
    tools.signal.throwIfAborted();
    await warehouse.owner.run(changeSome, { round }, { settings: { mutations_sync: '2' } });
    const next = await runSync(service, sink, ids[0] ?? '');
    tools.say(`  diff: ${next.diffSeconds.toFixed(2)} s, ${next.changes} changed, ${next.removed} removed`);
    following.push(next);
  }

  const rate = median(firsts.map(({ accepted, deliverySeconds }) => accepted / deliverySeconds));
  const bareRate = median(bare);
  return {
    diff: {
      rows,
      first_seconds: rounded(median(firsts.map(({ diffSeconds }) => diffSeconds))),
      seconds: rounded(median(following.map(({ diffSeconds }) => diffSeconds))),
      slowest_seconds: rounded(Math.max(...following.map(({ diffSeconds }) => diffSeconds))),
      changed: Math.round(median(following.map(({ changes }) => changes))),
      removed: Math.round(median(following.map(({ removed }) => removed))),
    },
    delivery: {
      rows,
      rows_per_second: Math.round(rate),
      bare_loop_rows_per_second: Math.round(bareRate),
      ratio_to_bare_loop: rounded(rate / bareRate),
      run_rows_per_second: Math.round(median(firsts.map(({ accepted, seconds }) => accepted / seconds))),
    },
  };
}

async function applySyncs({ store }: Surroundings, url: string): Promise<string[]> {
  const ids = Array.from({ length: FIRST_SYNCS }, (_, index) => `profiles-to-sink-${index + 1}`);
  const destination = {
    id: 'sink',
    title: 'Sink',
    connector: 'webhook',
    config: { url, secret: `env:${SECRET_NAME}`, allow_private_network: true },
  };
  const sync = {
    title: 'Profiles to the sink',
    source: { table: 'profiles' },
    destination: 'sink',
    object: 'row',
    mode: 'mirror',
    key: { id: 'profile_id' },
    fields: FIELDS,
  };
  await store.resources.apply(
    [
      { kind: 'destination', id: destination.id, document: destination },
      ...ids.map((id) => ({ kind: 'sync', id, document: { id, ...sync } }) as const),
    ],
    'bench',
  );
  return ids;
}

type Sync = Awaited<ReturnType<ServiceMethods['sync']>>;

/** @throws CdpError unless everything that was planned was accepted, and has arrived. */
async function runSync(service: Child<ServiceMethods>, sink: Child<SinkMethods>, sync: string): Promise<Sync> {
  const run = await service.call('sync', { sync });
  const { rows } = await sink.call('take', undefined);
  if (run.status !== 'succeeded') throw benchErrors.step_failed(`The sync ${sync} ended ${run.status}: ${run.message}`);
  if (rows !== run.accepted || rows !== run.planned) {
    throw benchErrors.results_differ(`${sync} planned ${run.planned} rows and reported ${run.accepted} as accepted; ${rows} arrived`);
  }
  return run;
}

const perSecond = (rate: number) => `${Math.round(rate).toLocaleString('en')} rows/s`;
