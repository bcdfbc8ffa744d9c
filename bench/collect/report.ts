/** The result as tables for people, each promised figure beside its promise. Pure. */
import type { Table } from '../pipeline/report.ts';
import type { CollectResult } from './result.ts';

/** Ratios within one run, on two cores that the service shares with ClickHouse and the generator. */
const PROMISED = { batchesToBareInserts: 0.5, singlesToBareApp: 0.25, p99ToBareInsert: 3 };

export function renderCollectReport(result: CollectResult, table: Table): string {
  const { bare_inserts, cases, half_load, ratios, conditions } = result;
  const measured = cases.map(({ messages, connections, service, bare_app, ratio_to_bare_app }) => [
    messages,
    number(connections),
    number(service.events_per_second),
    service.p50_ms,
    service.p99_ms,
    number(service.refused),
    `${number(service.peak_mb)} MB`,
    service.cpu_us_per_event,
    number(service.rows_per_insert),
    number(bare_app.events_per_second),
    bare_app.p99_ms,
    ratio_to_bare_app.toFixed(2),
  ]);
  const promised = [
    [
      'largest batches against bare inserts of 10,000 rows',
      ratios.batches_to_bare_inserts.toFixed(2),
      verdict('at least', PROMISED.batchesToBareInserts, ratios.batches_to_bare_inserts >= PROMISED.batchesToBareInserts),
    ],
    [
      'single messages against a bare app',
      ratios.singles_to_bare_app.toFixed(2),
      verdict('at least', PROMISED.singlesToBareApp, ratios.singles_to_bare_app >= PROMISED.singlesToBareApp),
    ],
    [
      `p99 at half load (${number(half_load.events_per_second)} events/s, ${half_load.p99_ms} ms) against a bare insert of 100 rows`,
      half_load.p99_to_bare_insert.toFixed(2),
      verdict('at most', PROMISED.p99ToBareInsert, half_load.p99_to_bare_insert <= PROMISED.p99ToBareInsert),
    ],
  ];
  return [
    table(
      [
        'messages',
        'connections',
        'events/s',
        'p50 ms',
        'p99 ms',
        'refused',
        'memory',
        'CPU µs an event',
        'rows an insert',
        'bare app',
        'its p99 ms',
        'ratio',
      ],
      measured,
    ),
    table(
      ['bare inserts of', 'rows/s', 'p50 ms', 'p99 ms'],
      bare_inserts.map(({ rows, rows_per_second, p50_ms, p99_ms }) => [number(rows), number(rows_per_second), p50_ms, p99_ms]),
    ),
    table(['ratio', 'figure', 'promise'], promised),
    `${conditions.cores} cores (${conditions.cpu}), ${conditions.memory_gb} GB, load ${conditions.load_average} at the start, ClickHouse ${conditions.clickhouse}` +
      `${conditions.is_embedded ? ' embedded' : ''}, Node ${conditions.node}, commit ${conditions.commit ?? 'unknown'}, ${conditions.at}`,
  ].join('\n\n');
}

const number = (value: number) => value.toLocaleString('en');
const verdict = (bound: string, limit: number, isKept: boolean) => `${bound} ${limit}: ${isKept ? 'kept' : 'BROKEN'}`;
