/** The result as tables for people, each promised figure beside its promise. Pure. */
import type { PipelineResult } from './result.ts';

/** Issue "From raw data to synced audience", Done-when 4; for the full size on two cores. */
const PROMISED = { segmentsRatio: 1.25, diffSeconds: 1.5, deliveryRatio: 0.4, serviceMb: 400 };

type Row = readonly [what: string, figure: string, promise: string];
export type Table = (columns: readonly string[], rows: readonly (readonly unknown[])[]) => string;

export function renderReport(result: PipelineResult, table: Table): string {
  const { size, conditions, generate, build, segments, diff, delivery, service } = result;
  const rows: Row[] = [
    ['events made', `${number(size.events)} in ${seconds(generate.seconds)}`, ''],
    ['full dbt build', `${seconds(build.seconds)} for ${number(size.profiles)} profiles`, ''],
    ['memory of ClickHouse during the build', build.peak_mb === null ? 'not ours to see' : `${number(build.peak_mb)} MB`, ''],
    ['ten segments published', seconds(segments.seconds), ''],
    ['the same written by hand', seconds(segments.handwritten_seconds), ''],
    ['ratio', segments.ratio_to_handwritten.toFixed(2), atMost(segments.ratio_to_handwritten, PROMISED.segmentsRatio)],
    ['ratio of the selects alone', segments.select.ratio_to_handwritten.toFixed(2), ''],
    [`diff of ${number(diff.rows)} rows, all new`, seconds(diff.first_seconds), ''],
    [`diff with ${number(diff.changed + diff.removed)} differences`, seconds(diff.seconds), atMost(diff.seconds, PROMISED.diffSeconds)],
    ['delivery', `${number(delivery.rows_per_second)} rows/s`, ''],
    ['bare loop', `${number(delivery.bare_loop_rows_per_second)} rows/s`, ''],
    ['ratio', delivery.ratio_to_bare_loop.toFixed(2), atLeast(delivery.ratio_to_bare_loop, PROMISED.deliveryRatio)],
    ['whole first sync, diff included', `${number(delivery.run_rows_per_second)} rows/s`, ''],
    ['memory of the service', `${number(service.peak_mb)} MB`, atMost(service.peak_mb, PROMISED.serviceMb)],
  ];
  const each = segments.each.map(({ id, members, select, ...published }) => [
    id,
    number(members),
    ...[published, select].flatMap((one) => [
      one.seconds.toFixed(3),
      one.handwritten_seconds.toFixed(3),
      one.ratio_to_handwritten.toFixed(2),
    ]),
  ]);
  const slowest = build.models.toSorted((a, b) => b.seconds - a.seconds).slice(0, 10);
  return [
    table(['measured', 'figure', 'promise'], rows),
    table(['segment', 'members', 'published s', 'by hand s', 'ratio', 'select s', 'by hand s', 'ratio'], each),
    table(
      ['slowest models', 'rows', 'seconds'],
      slowest.map((model) => [model.name, model.rows === null ? '' : number(model.rows), model.seconds.toFixed(1)]),
    ),
    `${conditions.cores} cores (${conditions.cpu}), ${conditions.memory_gb} GB, load ${conditions.load_average} at the start, ClickHouse ${conditions.clickhouse}` +
      `${conditions.is_embedded ? ' embedded' : ''}, Node ${conditions.node}, commit ${conditions.commit ?? 'unknown'}, ${conditions.at}`,
  ].join('\n\n');
}

const number = (value: number) => value.toLocaleString('en');
const seconds = (value: number) => `${value.toFixed(2)} s`;
const verdict = (isKept: boolean) => (isKept ? 'kept' : 'BROKEN');
const atMost = (value: number, limit: number) => `at most ${limit}: ${verdict(value <= limit)}`;
const atLeast = (value: number, limit: number) => `at least ${limit}: ${verdict(value >= limit)}`;
