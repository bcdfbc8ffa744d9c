/** Finds the condition that made a segment too expensive. */
import * as z from 'zod';
import { formatPath } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { CheckedSegment, GroupedCondition } from './checked.ts';
import { type CompileContext, clockOf, scanToolsOf } from './compile.ts';
import { scanGroups } from './compile-groups.ts';
import { Parameters } from './compile-parameters.ts';
import { groupedOf } from './compile-source.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { eventsOf } from './grouped-events.ts';

const LIMITS = new Set(['warehouse.timeout', 'warehouse.memory', 'warehouse.too_many_rows']);

/** `error`, or a better one when a limit was met: it names the condition on events or related rows that reads most, by the server's own estimate. */
export async function explainCost(
  deps: Pick<SegmentDeps, 'warehouse'>,
  segment: CheckedSegment,
  context: CompileContext,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CdpError) || !LIMITS.has(error.code)) return error;
  const { id } = segment.definition;
  // Without an estimate the limit alone is still worth reporting.
  const conditions = await Promise.all(
    groupedOf(segment.root).map(async (condition) => ({ condition, rows: await estimate(deps, segment, context, condition) })),
  ).catch(() => []);
  const [most] = conditions.sort((a, b) => b.rows - a.rows);
  const blame = most
    ? ` The condition that reads most is ${formatPath(most.condition.path)} (${namesOf(most.condition)}): about ${most.rows.toLocaleString('en')} ${most.condition.kind === 'related' ? 'rows' : 'events'}.`
    : '';
  return errors.too_expensive(`The segment ${id} costs more than one segment may. ${error.message}${blame}`, {
    cause: error,
    context: { segment: id },
  });
}

const namesOf = (condition: GroupedCondition) =>
  condition.kind === 'related'
    ? condition.way.map(({ name }) => name).join('.')
    : [...new Set(eventsOf(condition).flatMap(({ events }) => events))].join(', ');

/** Rows that the sorting key cannot skip. Reads only the index. */
async function estimate(
  deps: Pick<SegmentDeps, 'warehouse'>,
  segment: CheckedSegment,
  context: CompileContext,
  condition: GroupedCondition,
): Promise<number> {
  const parameters = new Parameters();
  const tools = scanToolsOf(context, clockOf(segment, context), parameters);
  const { source, namedKey } = scanGroups(segment.entity, [condition], tools);
  const query = defineQuery({
    name: 'segments.estimate',
    sql: `explain estimate select ${namedKey} ${source}`,
    params: z.looseObject({}),
    row: z.object({ rows: z.coerce.number() }),
  });
  const tables = await deps.warehouse.reader.ask(query, parameters.toObject());
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
