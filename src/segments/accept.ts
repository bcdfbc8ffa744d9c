/** The complete check of a segment: against the catalogue, against the size limits, and for what only the warehouse can check. */
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type CheckResult, checkSegment } from './check-against-catalogue.ts';
import type { SegmentContext } from './check-tools.ts';
import { type CompileContext, compileSegment } from './compile.ts';
import { compileStanding } from './compile-standing.ts';
import type { SegmentDefinition } from './definition.ts';
import { inspectSql } from './inspect-sql.ts';
import { tooManyValues } from './limits.ts';
import { missingContents } from './lists/stored.ts';
import { checkPatterns } from './patterns.ts';

/**
 * A segment that is accepted here runs, in each of its SQL forms.
 * @param warehouse undefined when there is none: then neither regular expressions nor conditions in SQL are checked.
 */
export async function acceptSegment(
  warehouse: Pick<Warehouse, 'reader' | 'databases'> | undefined,
  definition: SegmentDefinition,
  world: SegmentContext,
): Promise<CheckResult> {
  const checked = checkSegment(definition, world);
  if (!checked.ok) return checked;
  const { segment, warnings } = checked;
  // Only sizes are checked here, and these do not depend on the moment, zone and versions that the segment is compiled for.
  const context: CompileContext = {
    now: world.now?.at ?? new Date(),
    timezone: world.now?.timezone ?? 'UTC',
    members: segment.entity.table,
    versions: new Map(segment.references.map((reference) => [reference, '0'])),
  };
  const sizes = tooManyValues([compileSegment(segment, context), compileStanding(segment, context)]);
  const problems =
    sizes.length > 0 || warehouse === undefined
      ? sizes
      : [
          ...(await checkPatterns(warehouse, segment)),
          ...(await inspectSql(warehouse, segment)),
          ...(await missingContents(warehouse, segment)),
        ];
  return problems.length > 0 ? { ok: false, problems, warnings } : checked;
}
