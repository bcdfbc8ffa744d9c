/**
 * Several segments in one query: which of them each entity is in. Pure.
 *
 * Their event conditions are counted in one scan for each set of event names, a condition that several segments have is counted once, and
 * each table of traits is read once. Conditions on other names are kept in scans of their own: in one scan for all names, a filter on a
 * property would be read for the rows of every name. Figures: docs/benchmarks.md.
 */
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { CheckedSegment, GroupedCondition } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, SETTINGS } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import { subquery } from './compile-parameters.ts';
import { groupedOf, isNamedByPlace, rowsNameOf } from './compile-source.ts';
import { tooManyValues } from './limits.ts';

/** Segments of one entity that look at one moment in one zone; at least two. */
export type Batch = readonly CheckedSegment[];

/** A count of each condition is kept for every entity until the query ends: 1,000,000 people and 40 conditions are 320 MB. */
const MAX_CONDITIONS = 40;
/** Bits of the column that says which segments an entity is in. */
const MAX_SEGMENTS = 64;

/**
 * What an evaluation knows of a definition. One that says more, such as a limit on its members, is found alone: only its own SQL has all
 * that it says.
 */
const KNOWN = new Set(['id', 'title', 'description', 'entity', 'where', 'as_of', 'timezone', 'guard', 'schedule']);

/**
 * The segments that are worth evaluating together: those that read grouped rows, such as events, and no other segment (which may be about
 * to be published). One that reads only traits is as fast alone.
 */
export function planBatches(segments: readonly CheckedSegment[], context: CompileContext): Batch[] {
  const worthwhile = segments.filter(
    ({ definition, root, references }) =>
      references.length === 0 && groupedOf(root).length > 0 && Object.keys(definition).every((name) => KNOWN.has(name)),
  );
  const alike = Map.groupBy(worthwhile, (segment) => {
    const { asOfMs, timezone } = clockOf(segment, context);
    return JSON.stringify([segment.entity.name, asOfMs, timezone]);
  });
  return [...alike.values()].flatMap(chunks).flatMap((batch) => fitting(batch, context));
}

function chunks(segments: readonly CheckedSegment[]): Batch[] {
  const batches: CheckedSegment[][] = [];
  let conditions = 0;
  for (const segment of segments) {
    const own = groupedOf(segment.root).length;
    const batch = batches.at(-1);
    if (batch === undefined || conditions + own > MAX_CONDITIONS || batch.length >= MAX_SEGMENTS) {
      batches.push([segment]);
      conditions = own;
    } else {
      batch.push(segment);
      conditions += own;
    }
  }
  return batches;
}

/** Halves of it where one query could not take the values of all. Nothing of one segment: it is found alone. */
function fitting(batch: Batch, context: CompileContext): Batch[] {
  if (batch.length < 2) return [];
  if (tooManyValues([together(batch, context)]).length === 0) return [batch];
  const middle = Math.ceil(batch.length / 2);
  return [...fitting(batch.slice(0, middle), context), ...fitting(batch.slice(middle), context)];
}

/** Writes, for each entity that is in any of the segments, a bit for each that it is in: the lowest for the first of the batch. */
export function compileEvaluation(batch: Batch, context: CompileContext, run: string): Compiled {
  const { entity } = firstOf(batch);
  const { column, kept } = keyTypeOf(entity);
  const compiled = together(batch, context);
  const columnOf = new Map(compiled.columns.map(({ node, column: name }) => [node, name]));
  const bits = batch.map(({ root }, place) => `bitShiftLeft(toUInt64(${columnOf.get(root)}), ${place})`);
  const sql = `insert into sluice_state.segment_evaluations (run_id, ${column}, segments)
select
    {run:String},
    ${kept(`evaluated.${quoteIdentifier(entity.key)}`)},
    ${bits.join('\n    + ')}
from ${subquery(compiled.sql)} as evaluated
where c0`;
  return { sql, params: { ...compiled.params, run }, settings: SETTINGS };
}

/** The members of one segment of an evaluation. `place`: in the batch, from 0. */
export function evaluatedMembers(entity: Entity, run: string, place: number): Compiled {
  const { column } = keyTypeOf(entity);
  const sql = `select ${column} as ${quoteIdentifier(entity.key)}
from sluice_state.segment_evaluations
where run_id = {run:String}
  and bitTest(segments, {place:UInt8})`;
  return { sql, params: { run, place }, settings: SETTINGS };
}

/** As one segment, of which each is a part: `c0` holds for an entity that is in any of them. */
function together(batch: Batch, context: CompileContext) {
  const first = firstOf(batch);
  const root = { kind: 'any', path: [], children: batch.map((segment) => segment.root) } as const;
  // A sequence is a scan of its own, named by its place in its segment: in another segment of the batch the same place is another one.
  const segmentOf = new Map(batch.flatMap((segment, index) => groupedOf(segment.root).map((condition) => [condition, index])));
  const scanOf = (condition: GroupedCondition) =>
    JSON.stringify([rowsNameOf(condition), namesOf(condition), isNamedByPlace(condition) ? segmentOf.get(condition) : undefined]);
  return compileConditions({ ...first, root }, context, { scanOf });
}

function firstOf([first]: Batch): CheckedSegment {
  if (first === undefined) throw new Error('a batch of no segment');
  return first;
}

const namesOf = (condition: GroupedCondition) =>
  condition.kind === 'event' && condition.events !== 'any' ? [...condition.events].sort() : [];
