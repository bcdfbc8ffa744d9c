/** Finds the condition that made a segment too expensive. */
import * as z from 'zod';
import { formatPath } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { CheckedSegment, GroupedCondition } from './checked.ts';
import { type CompileContext, clockOf } from './compile.ts';
import { scanGroups } from './compile-groups.ts';
import { Parameters } from './compile-parameters.ts';
import { groupedOf } from './compile-source.ts';
import { TestWriter } from './compile-test.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';

const LIMITS = new Set(['warehouse.timeout', 'warehouse.memory', 'warehouse.too_many_rows']);

/** `error`, or a better one when a limit was met: it names the event condition that reads most, by the server's own estimate. */
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
    ? ` The condition that reads most is ${formatPath(most.condition.path)} (${most.condition.events === 'any' ? 'any event' : most.condition.events.join(', ')}): about ${most.rows.toLocaleString('en')} events.`
    : '';
  return errors.too_expensive(`The segment ${id} costs more than one may. ${error.message}${blame}`, {
    cause: error,
    context: { segment: id },
  });
}

/** Rows that the sorting key cannot skip. Reads only the index. */
async function estimate(
  deps: Pick<SegmentDeps, 'warehouse'>,
  segment: CheckedSegment,
  context: CompileContext,
  condition: GroupedCondition,
): Promise<number> {
  const parameters = new Parameters();
  const clock = clockOf(segment, context);
  const { source, namedKey } = scanGroups(segment.entity, [condition], { tests: new TestWriter(parameters, clock), parameters, clock });
  const query = defineQuery({
    name: 'segments.estimate',
    sql: `explain estimate select ${namedKey} ${source}`,
    params: z.looseObject({}),
    row: z.object({ rows: z.coerce.number() }),
  });
  const tables = await deps.warehouse.reader.ask(query, parameters.toObject());
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
