/** The result as tables for people, each promised figure beside its promise. Pure. */
import type { Table } from '../pipeline/report.ts';
import type { IdentityResult } from './result.ts';

/** Issue "The identity graph", Done-when 1 to 3; for the full sizes on two cores. */
const PROMISED = { ratioToBare: 1.3, peakMb: 4_000, additionsSeconds: 2, pairPrecision: 0.995, pairRecall: 0.99 };

type Row = readonly [what: string, figure: string, promise: string];

export function renderIdentityReport(result: IdentityResult, table: Table): string {
  const { conditions, full, additions, shapes, people, truth_sets } = result;
  const rows: Row[] = [];
  if (full) {
    rows.push(
      [`${number(full.edges)} edges through dbt, ${number(full.profiles)} profiles`, `${seconds(full.seconds)}, ${full.rounds} rounds`, ''],
      ['the bare contraction', `${seconds(full.bare_seconds)}, ${full.bare_rounds} rounds`, ''],
      ['ratio', full.ratio_to_bare.toFixed(2), atMost(full.ratio_to_bare, PROMISED.ratioToBare)],
      ['union-find in memory', `${seconds(full.union_find_seconds)}, and ${seconds(full.union_find_read_seconds)} to read`, ''],
      ['memory of ClickHouse', `${number(full.peak_mb)} MB, bare ${number(full.bare_peak_mb)} MB`, atMost(full.peak_mb, PROMISED.peakMb)],
      ['everything solved again', seconds(full.again_seconds), ''],
      ['identifiers that changed their profile', number(full.again_churn), atMost(full.again_churn, 0)],
    );
  }
  if (additions) {
    rows.push(
      [
        `${number(additions.edges)} new edges`,
        `${seconds(additions.seconds)}, slowest ${seconds(additions.slowest_seconds)}`,
        atMost(additions.seconds, PROMISED.additionsSeconds),
      ],
      ['the same solved as a whole', seconds(additions.full_seconds), ''],
    );
  }
  if (people) rows.push(...peopleRows(people));
  const parts = [rows.length > 0 ? table(['measured', 'figure', 'promise'], rows) : ''];
  if (shapes) {
    parts.push(
      table(
        ['shape', 'edges', 'identifiers', 'profiles', 'rounds', 'seconds', 'MB'],
        shapes.map((shape) => [
          shape.shape,
          number(shape.edges),
          number(shape.identifiers),
          number(shape.profiles),
          shape.rounds,
          shape.seconds.toFixed(1),
          number(shape.peak_mb),
        ]),
      ),
    );
  }
  if (truth_sets && truth_sets.length > 0) {
    parts.push(
      table(
        ['truth set', 'method', 'records', 'precision', 'recall', 'F1', 'B-cubed F1', 'wrong', 'missed', 'seconds'],
        truth_sets.map((set) => [
          set.set,
          set.method,
          number(set.records),
          share(set.precision),
          share(set.recall),
          share(set.f1),
          share(set.b_cubed_f1),
          number(set.false_pairs),
          number(set.missed_pairs),
          set.seconds.toFixed(1),
        ]),
      ),
    );
  }
  parts.push(
    `${conditions.cores} cores (${conditions.cpu}), ${conditions.memory_gb} GB, load ${conditions.load_average} at the start, ClickHouse ${conditions.clickhouse}` +
      `${conditions.is_embedded ? ' embedded' : ''}, Node ${conditions.node}, commit ${conditions.commit ?? 'unknown'}, ${conditions.at}`,
  );
  return parts.filter(Boolean).join('\n\n');
}

function peopleRows({ score, ...people }: NonNullable<IdentityResult['people']>): Row[] {
  const held = Object.entries(people.recorded_violations).map(([kind, times]) => `${kind} ${number(times)}`);
  return [
    [
      `${number(people.people)} noisy people: pairwise precision`,
      share(score.pair_precision),
      atLeast(score.pair_precision, PROMISED.pairPrecision),
    ],
    ['pairwise recall', share(score.pair_recall), atLeast(score.pair_recall, PROMISED.pairRecall)],
    ['B-cubed precision and recall', `${share(score.b_cubed_precision)}, ${share(score.b_cubed_recall)}`, ''],
    ['F1 of exact profiles', share(score.cluster_f1), ''],
    ['profiles that break a limit', number(people.limit_violations), atMost(people.limit_violations, 0)],
    ['what the guards held back', held.join(', ') || 'nothing', ''],
    ['builds of that', people.builds.map((build) => `${number(build.rows)} rows ${seconds(build.seconds)}`).join(', '), ''],
    ['everything built again', `${seconds(people.full_seconds)}, ${number(people.peak_mb)} MB`, ''],
    ['identifiers that changed their profile', number(people.churn), atMost(people.churn, 0)],
  ];
}

const number = (value: number) => value.toLocaleString('en');
const seconds = (value: number) => `${value.toFixed(2)} s`;
const verdict = (isKept: boolean) => (isKept ? 'kept' : 'BROKEN');
const atMost = (value: number, limit: number) => `at most ${limit}: ${verdict(value <= limit)}`;
const atLeast = (value: number, limit: number) => `at least ${limit}: ${verdict(value >= limit)}`;
const share = (value: number) => value.toFixed(4);
