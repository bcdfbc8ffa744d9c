/** The result as tables for people, each promised figure beside its promise. Pure. */
import type { Table } from '../pipeline/report.ts';
import type { ComparedResult, FigureResult, SegmentsResult } from './result.ts';

/** Issue "Segments: the whole language", Done-when 3 and 4; for the full size on two cores. */
const PROMISED = {
  selects: 1.15,
  eachSelect: 2,
  addedMs: 60,
  together: 0.6,
  peakMb: 4_000,
  sizeSeconds: 1,
  explainSeconds: 0.15,
  overlapSeconds: 1,
};

type Row = readonly [what: string, figure: string, promise: string];

export function renderSegmentsReport(result: SegmentsResult, table: Table): string {
  const { conditions, selects, publications, size } = result;
  const parts = [
    table(['measured', 'figure', 'promise'], [
      [`${number(size.people)} people, ${number(size.events)} events made`, seconds(result.world.seconds), ''],
      ...rowsOf(result),
      [
        'memory of ClickHouse',
        result.peak_mb === null ? 'not ours to see' : `${number(result.peak_mb)} MB`,
        result.peak_mb === null ? '' : atMost(result.peak_mb, PROMISED.peakMb),
      ],
    ] satisfies Row[]),
  ];
  if (selects)
    parts.push(
      table(
        ['select', 'members', 'ours s', 'by hand s', 'ratio', 'processor s', 'by hand s', 'ratio'],
        selects.each
          .toSorted((a, b) => b.cpu_ratio - a.cpu_ratio)
          .map(({ id, members, ours, other, ratio, cpu_ratio }) => [
            id,
            number(members),
            ours.seconds.toFixed(3),
            other.seconds.toFixed(3),
            ratio.toFixed(2),
            ours.cpu_seconds.toFixed(3),
            other.cpu_seconds.toFixed(3),
            cpu_ratio.toFixed(2),
          ]),
      ),
    );
  if (publications)
    parts.push(
      table(
        ['publication', 'members', 'seconds', 'select s', 'adds ms', 'adds processor ms', 'statements'],
        publications.each
          .toSorted((a, b) => b.added_ms - a.added_ms)
          .map(({ id, members, select, published, added_ms, added_cpu_ms, statements }) => [
            id,
            number(members),
            published.seconds.toFixed(3),
            select.seconds.toFixed(3),
            Math.round(added_ms),
            Math.round(added_cpu_ms),
            statements,
          ]),
      ),
    );
  parts.push(
    `Medians of ${result.rounds} rounds. ${conditions.cores} cores (${conditions.cpu}), ${conditions.memory_gb} GB, load ${conditions.load_average} at the start, ` +
      `ClickHouse ${conditions.clickhouse}${conditions.is_embedded ? ' embedded' : ''}, Node ${conditions.node}, commit ${conditions.commit ?? 'unknown'}, ${conditions.at}`,
  );
  return parts.join('\n\n');
}

function rowsOf({ selects, publications, together, asking }: SegmentsResult): Row[] {
  const rows: Row[] = [];
  if (selects) {
    const worst = Math.max(...selects.each.map(({ cpu_ratio }) => cpu_ratio));
    rows.push(
      [`${selects.each.length} selects`, figure(selects.ours), ''],
      ['the same by hand', figure(selects.other), ''],
      ...ratios(selects, PROMISED.selects),
      ['largest ratio of one, processor', worst.toFixed(2), atMost(worst, PROMISED.eachSelect)],
    );
  }
  if (publications)
    rows.push([
      'a publication adds to its select, mean',
      `${Math.round(publications.added_ms)} ms, processor ${Math.round(publications.added_cpu_ms)} ms`,
      atMost(publications.added_ms, PROMISED.addedMs),
    ]);
  if (together)
    rows.push(
      [`${together.segments} segments together`, `${figure(together.ours)}, ${together.statements} statements`, ''],
      ['one after the other', `${figure(together.other)}, ${together.statements_alone} statements`, ''],
      ...ratios(together, PROMISED.together),
    );
  if (asking)
    rows.push(
      ['members of ten conditions', figure(asking.members), ''],
      ['size of each of ten conditions', figure(asking.size), atMost(asking.size.seconds, PROMISED.sizeSeconds)],
      ['the same with some members', figure(asking.preview), ''],
      ['explanation of one person', figure(asking.explain), atMost(asking.explain.seconds, PROMISED.explainSeconds)],
      ['of the busiest person', figure(asking.explain_busiest), atMost(asking.explain_busiest.seconds, PROMISED.explainSeconds)],
      ['overlap of twenty', figure(asking.overlap), atMost(asking.overlap.seconds, PROMISED.overlapSeconds)],
      ['waterfall of twenty', figure(asking.waterfall), ''],
    );
  return rows;
}

const ratios = ({ ratio, cpu_ratio }: ComparedResult, limit: number): Row[] => [
  ['ratio, seconds', ratio.toFixed(2), atMost(ratio, limit)],
  ['ratio, processor', cpu_ratio.toFixed(2), atMost(cpu_ratio, limit)],
];
const figure = (one: FigureResult) => `${seconds(one.seconds)}, processor ${seconds(one.cpu_seconds)}`;
const number = (value: number) => value.toLocaleString('en');
const seconds = (value: number) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
const atMost = (value: number, limit: number) => `at most ${limit}: ${value <= limit ? 'kept' : 'BROKEN'}`;
