/** Sizes of segments in words and tables: what is left of the members on the way to each destination, and whether it was counted or estimated. */
import type { SegmentBacktest, SegmentComparison, SegmentSize } from '../segments/schema.ts';
import type { Terminal } from './terminal.ts';

type Size = Omit<SegmentSize, 'warnings'>;

const number = (count: number | null) => count?.toLocaleString('en') ?? 'unknown';

/** `isAsked`: an estimate was asked for, so an exact answer needs a word. */
export function describeSize(size: Size, terminal: Terminal, isAsked: boolean): string {
  const exact = isAsked && size.is_exact ? ' (exact: everybody was counted)' : '';
  const steps = size.ladder.length < 2 ? [] : [size.ladder.map(({ step, members }) => `${step} ${number(members)}`).join(' → ')];
  return [`${describeCount(size.members, size.sample)}${exact}`, ...steps, ...describeDestinations(size, terminal)].join('\n');
}

/** `about 12,300 (± 700, from 1 in 64)`, or the number. */
export function describeCount(members: number, sample: Size['sample']): string {
  if (sample === null) return number(members);
  return `about ${number(members)} (± ${number(sample.margin)}, from 1 in ${Math.round(1 / sample.share)})`;
}

export function describeDestinations({ destinations }: Pick<Size, 'destinations'>, terminal: Terminal): string[] {
  if (destinations.length === 0) return [];
  return [
    terminal.table(
      ['sync', 'destination', 'with consent', 'with its key', 'sent'],
      destinations.map(({ sync_id: sync, destination_id: destination, problem, consented, identifiable, sent }) =>
        problem === null ? [sync, destination, number(consented), number(identifiable), number(sent)] : [sync, destination, problem],
      ),
    ),
  ];
}

/** What the next run of each sync would do. */
export function describeEffects({ syncs }: Pick<SegmentComparison, 'syncs'>, terminal: Terminal): string[] {
  if (syncs.length === 0) return [];
  return [
    terminal.table(
      ['sync', 'destination', 'adds', 'changes', 'removes', 'no consent', 'invalid'],
      syncs.map(({ sync_id: sync, destination_id: destination, problem, counts }) =>
        counts === null
          ? [sync, destination, problem]
          : [sync, destination, ...[counts.adds, counts.changes, counts.removes, counts.held_by_consent, counts.invalid].map(number)],
      ),
    ),
  ];
}

/** One line a week; what is not known yet is left empty. */
export function describeOutcomes({ outcome, sizes }: SegmentBacktest, terminal: Terminal): string {
  const percent = (share: number | null | undefined) =>
    share === null || share === undefined ? undefined : `${(100 * share).toFixed(1)} %`;
  return [
    `${outcome?.sentence}, in the ${outcome?.days} days after`,
    terminal.table(
      ['as of', 'members', 'of them', 'others', 'of them'],
      sizes.map(({ as_of: asOf, members, outcome: met }) => [
        asOf,
        number(members),
        percent(met?.members_share),
        met === null ? undefined : number(met.others),
        percent(met?.others_share),
      ]),
    ),
  ].join('\n');
}
