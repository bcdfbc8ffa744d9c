/** Checks what stands on the whole of a segment against the catalogue and the other segments. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import { nearest } from '../documents/problem.ts';
import type { CheckTools } from './check-tools.ts';
import type { CheckedLimit, CheckedWhole } from './checked-whole.ts';
import type { SegmentDefinition } from './definition.ts';
import { bucketsOf } from './language/whole.ts';

/** Undefined when a problem was reported. */
export function checkWhole(definition: SegmentDefinition, tools: CheckTools): CheckedWhole | undefined {
  const { exclude = [], split, holdout, limit: written } = definition;
  const isKnown = exclude.map((segment, index) => checkExcluded(segment, index, tools)).every(Boolean);
  const limit = written && checkLimit(written, tools);
  const hasView = holdout === undefined || checkViewOfHoldout(definition, tools);
  checkViewOfSegment(definition, tools);
  if (!isKnown || !hasView || (written && !limit)) return undefined;
  return {
    exclude,
    ...(split ? { split } : {}),
    ...(holdout ? { holdout: { salt: holdout.salt, buckets: bucketsOf(holdout.share) } } : {}),
    ...(limit ? { limit } : {}),
  };
}

function checkExcluded(segment: string, index: number, tools: CheckTools): boolean {
  const other = tools.world.segments.get(segment);
  if (other?.entity === tools.entity.name) return true;
  const path = ['exclude', index];
  if (other) tools.report(path, `the segment ${segment} is of ${other.entity}, this one of ${tools.entity.name}`);
  else tools.report(path, `there is no segment ${segment}.`, nearest(segment, tools.world.segments.keys()));
  return false;
}

/** Kinds of values that have an order which a person means by "first". */
const ORDERED = ['number', 'date', 'time'];

function checkLimit(
  { top, share = 1, by: byName, order, per: perName }: NonNullable<SegmentDefinition['limit']>,
  tools: CheckTools,
): CheckedLimit | undefined {
  const by = findPlain(byName, 'by', tools);
  const per = perName === undefined ? undefined : findPlain(perName, 'per', tools);
  if (!by || (perName !== undefined && !per)) return undefined;
  if (!ORDERED.includes(by.column.value.kind))
    return tools.report(['limit', 'by'], `${by.name} is a ${by.column.value.kind}: a limit goes by a number, a date or a moment`);
  if (per && ['list', 'time'].includes(per.column.value.kind))
    return tools.report(
      ['limit', 'per'],
      `${per.name} is a ${per.column.value.kind}: a limit per value takes a text, a number, a boolean or a date`,
    );
  const most = top === undefined ? ({ is: 'share', tenThousandths: bucketsOf(share) } as const) : ({ is: 'count', count: top } as const);
  return { most, by, order, ...(per ? { per } : {}) };
}

function findPlain(name: string, word: 'by' | 'per', tools: CheckTools): Trait | undefined {
  const { openTraits } = tools.entity;
  if (openTraits && name.startsWith(`${openTraits.column}.`) && !tools.entity.traits.has(name))
    return tools.report(['limit', word], `${name} has no declared type: declare it as a trait in its model`);
  return tools.findTrait(name, ['limit', word]);
}

/** The view of the held-out would have the name of the other segment's audience. */
function checkViewOfHoldout({ id }: SegmentDefinition, tools: CheckTools): boolean {
  if (!tools.world.segments.has(`${id}-holdout`)) return true;
  tools.report(['holdout'], `the held-out of ${id} and the segment ${id}-holdout would have one view: give that segment another id`);
  return false;
}

function checkViewOfSegment({ id }: SegmentDefinition, tools: CheckTools): void {
  const held = id.endsWith('-holdout') ? id.slice(0, -'-holdout'.length) : undefined;
  if (held !== undefined && tools.world.segments.get(held)?.holdout)
    tools.report(['id'], `this segment and the held-out of ${held} would have one view: give it another id`);
}
