/** The last steps of the count ladder: how many members each sync of the segment may send, can identify, and has sent. */
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { CheckedSegment } from './checked.ts';
import type { ParameterValue } from './compile-parameters.ts';
import { subquery } from './compile-parameters.ts';
import type { SegmentDeps } from './deps.ts';
import type { DestinationCounts } from './schema.ts';

export interface AskedDestinations {
  /** After `from (…) as whole`, which has the entity's key. */
  readonly joins: string;
  /** Array(Array(UInt64)): three numbers of each sync that can be told. `isMember`: SQL over the rows of `whole`. */
  counts(isMember: string): string;
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** From what `counts` found. `scale` makes numbers of the whole from those of a sample. */
  present(counts: readonly (readonly number[])[], scale: (count: number) => number): DestinationCounts[];
}

/** @param isWanted SQL over a key, of the entities that are asked about. */
export async function askDestinations(
  deps: Pick<SegmentDeps, 'dependents'>,
  { entity, definition }: CheckedSegment,
  isWanted: (key: string) => string,
): Promise<AskedDestinations> {
  const rows = (await deps.dependents?.rowsOf(definition.id, entity, isWanted)) ?? [];
  const told = rows.flatMap((row) => (row.sql === undefined ? [] : [{ ...row, sql: row.sql }]));
  const key = `whole.${quoteIdentifier(entity.key)}`;
  return {
    joins: told.map(({ sql }, index) => `left join ${subquery(sql)} as d${index} on d${index}.member = ${key}`).join('\n'),
    counts(isMember) {
      const each = told.map((_, index) => {
        const steps = ['is_consented', 'is_identifiable', 'is_sent'].map((step) => `d${index}.${step}`);
        return `[${steps.map((_step, place) => `countIf(${[isMember, ...steps.slice(0, place + 1)].join(' and ')})`).join(', ')}]`;
      });
      return `[${each.join(', ')}]::Array(Array(UInt64))`;
    },
    params: Object.assign({}, ...told.map(({ params }) => params)),
    present(counts, scale) {
      const found = new Map(told.map((row, index) => [row.sync_id, counts[index] ?? []]));
      return rows.map(({ sync_id, destination_id, problem, knowsSent }) => {
        const own = found.get(sync_id);
        const at = (place: number) => (own === undefined ? null : scale(own[place] ?? 0));
        return { sync_id, destination_id, problem, consented: at(0), identifiable: at(1), sent: knowsSent ? at(2) : null };
      });
    },
  };
}
