/**
 * The rows that decide conditions for one entity: events, the events of a sequence in order, related rows. Where a condition does not hold,
 * those that come nearest, and what each falls short of.
 */
import * as z from 'zod';
import { masked } from '../documents/mask.ts';
import { CdpError } from '../errors.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { DateContext } from './calendar.ts';
import type { CheckedNode, GroupedCondition } from './checked.ts';
import { clockOf, SETTINGS, scanToolsOf } from './compile.ts';
import { decidingEvents } from './compile-deciding-events.ts';
import { decidingRelated } from './compile-deciding-related.ts';
import { decidingSequence } from './compile-deciding-sequence.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { COLUMNS, type DecidingSelect, type OneEntity } from './deciding-select.ts';
import type { SegmentDeps } from './deps.ts';
import { matchSequence } from './match-sequence.ts';
import type { Predicate } from './predicate.ts';
import { askPrepared, type PreparedSegment } from './prepare.ts';
import type { DecidingRow } from './schema.ts';

export const DECIDING_ROWS = 5;
export const MAX_DECIDING_ROWS = 50;
/** With more of them a definition is a list, and rows of each would hide the answer. */
const MAX_CONDITIONS = 20;
/** A sequence is looked for among these, the newest ones. */
const SEQUENCE_EVENTS = 1_000;

export interface Deciding {
  readonly rows: readonly DecidingRow[];
  readonly hasMore: boolean;
}

/** By condition; of those that no rows decide there is nothing. Undefined where reading them costs more than a query may. */
export async function readDecidingRows(
  deps: SegmentDeps,
  prepared: PreparedSegment,
  {
    keys,
    limit,
    isUnmasked,
    signal,
  }: {
    readonly keys: (key: string, parameters: Parameters) => Predicate;
    readonly limit: number;
    readonly isUnmasked: boolean;
    readonly signal?: AbortSignal | undefined;
  },
  nodes: readonly CheckedNode[],
): Promise<ReadonlyMap<CheckedNode, Deciding> | undefined> {
  const conditions = nodes.filter(isGrouped).slice(0, MAX_CONDITIONS);
  if (conditions.length === 0 || limit === 0) return new Map();
  const { segment, context } = prepared;
  const clock = clockOf(segment, context);
  const parameters = new Parameters();
  const tools = scanToolsOf(context, clock, parameters);
  const one: OneEntity = { entity: segment.entity, tools, isOne: (key) => keys(key, parameters) };
  const selects = conditions.map((condition) => selectOf(condition, one, limit));
  const query = defineQuery({
    name: 'segments.deciding_rows',
    sql: selects.map(({ sql }, index) => `select ${index} as condition, ${COLUMNS}\nfrom ${subquery(sql)}`).join('\nunion all\n'),
    params: z.looseObject({}),
    row,
  });
  try {
    const rows = await askPrepared(deps, prepared, query, { params: parameters.toObject(), settings: SETTINGS }, signal);
    const read = Map.groupBy(rows, ({ condition }) => condition);
    return new Map(
      conditions.map((condition, index) => {
        const [select, own] = [selects[index] as DecidingSelect, read.get(index) ?? []];
        const shown = (of: Row) => valuesOf(of, select, isUnmasked);
        return [
          condition,
          condition.kind === 'sequence' ? sequenceRows(condition, own, { ...clock, limit }, shown) : rowsOf(select, own, limit, shown),
        ];
      }),
    );
  } catch (error) {
    if (error instanceof CdpError && error.code === 'segments.too_expensive') return undefined;
    throw error;
  }
}

const isGrouped = (node: CheckedNode): node is GroupedCondition =>
  node.kind === 'event' || node.kind === 'sequence' || node.kind === 'related';

function selectOf(condition: GroupedCondition, one: OneEntity, limit: number): DecidingSelect {
  switch (condition.kind) {
    case 'event':
      return decidingEvents(condition, one, limit + 1);
    case 'related':
      return decidingRelated(condition, one, limit + 1);
    case 'sequence':
      return decidingSequence(condition, one, SEQUENCE_EVENTS);
  }
}

const row = z.object({
  condition: z.coerce.number(),
  at: z.string().nullable(),
  event: z.string(),
  row_key: z.string(),
  shown: z.array(z.string().nullable()),
  passed: z.array(z.boolean()),
  counts: z.boolean(),
  grouped_by: z.array(z.string()),
});
type Row = z.output<typeof row>;

function valuesOf({ shown }: Row, { values }: DecidingSelect, isUnmasked: boolean): DecidingRow['values'] {
  return values.map(({ name, isPersonal }, index) => {
    const value = shown[index] ?? null;
    return { name, value: isPersonal && !isUnmasked ? (masked(value) as string | null) : value };
  });
}

function rowsOf({ tests }: DecidingSelect, rows: readonly Row[], limit: number, shown: (row: Row) => DecidingRow['values']): Deciding {
  return {
    rows: rows.slice(0, limit).map((one) => ({
      at: one.at,
      name: one.event,
      key: one.row_key === '' ? null : one.row_key,
      step: null,
      counts: one.counts,
      falls_short_of: tests.filter((_, index) => one.passed[index] === false),
      values: shown(one),
    })),
    hasMore: rows.length > limit,
  };
}

function sequenceRows(
  condition: Extract<GroupedCondition, { kind: 'sequence' }>,
  rows: readonly Row[],
  asked: DateContext & { readonly limit: number },
  shown: (row: Row) => DecidingRow['values'],
): Deciding {
  const events = rows
    .map((one) => ({ row: one, ms: Date.parse(one.at ?? ''), roles: one.passed, groupedBy: one.grouped_by }))
    .sort((a, b) => a.ms - b.ms);
  const { runs, nearest } = matchSequence(condition, events, asked);
  const matched = runs.length > 0 ? runs.flat() : (nearest?.events ?? []);
  return {
    rows: matched.map(({ event, step }, index) => ({
      at: event.row.at,
      name: event.row.event,
      key: null,
      step,
      counts: runs.length > 0,
      falls_short_of: nearest && index === matched.length - 1 ? [nearest.missing] : [],
      values: shown(event.row).filter(({ value }) => value !== null),
    })),
    hasMore: rows.length === SEQUENCE_EVENTS,
  };
}
