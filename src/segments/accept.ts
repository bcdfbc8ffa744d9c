/** The whole check of a segment: what the catalogue knows of it, how large it may be, and what only the warehouse can say. */
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Checked, checkSegment, type World } from './check.ts';
import { type CompileContext, compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import type { SegmentDefinition } from './definition.ts';
import { tooManyValues } from './limits.ts';
import { checkPatterns } from './patterns.ts';

/**
 * What is accepted here runs, in each form in which it is asked.
 * @param warehouse undefined where there is none: then its regular expressions are not looked at.
 */
export async function acceptSegment(
  warehouse: Pick<Warehouse, 'reader'> | undefined,
  definition: SegmentDefinition,
  world: World,
): Promise<Checked> {
  const checked = checkSegment(definition, world);
  if (!checked.ok) return checked;
  const { segment, warnings } = checked;
  // Only sizes are looked at: which moment, zone and versions it is compiled for makes no difference to them.
  const context: CompileContext = {
    now: world.now?.at ?? new Date(),
    timezone: world.now?.timezone ?? 'UTC',
    members: segment.entity.table,
    versions: new Map(segment.references.map((reference) => [reference, '0'])),
  };
  const sizes = tooManyValues([compileSegment(segment, context), compileConditions(segment, context)]);
  const problems = sizes.length > 0 || warehouse === undefined ? sizes : await checkPatterns(warehouse, segment);
  return problems.length > 0 ? { ok: false, problems, warnings } : checked;
}
