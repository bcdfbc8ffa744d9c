/**
 * A checked segment as one boolean column per condition, for every entity. Used for membership, counts, "why", and what an edit would
 * change. Pure.
 */
import type { Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import type { Path } from '../documents/problem.ts';
import { distinctTables, isSameTable, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import type { CheckedNode, CheckedSegment } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, SETTINGS, segmentMembers } from './compile.ts';
import { comparison, type EventScan, scanEvents } from './compile-events.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { eventsOf } from './compile-source.ts';
import { joinedRowsOf, joinedTrait, rowsOf, traitsAsked } from './compile-tables.ts';
import { TraitWriter } from './compile-trait.ts';
import { both, either, not, type Predicate, tight } from './predicate.ts';

export interface ConditionColumn {
  /** `c0` is the whole segment, the others are its parts in reading order. */
  readonly column: string;
  readonly path: Path;
  readonly node: CheckedNode;
}

export interface CompiledConditions extends Compiled {
  readonly columns: readonly ConditionColumn[];
}

/**
 * Columns: the entity's key, then `c0`, `c1`, … as Bool. One row per entity with a key, whether a member or not; one scan of the events for
 * all conditions.
 */
export function compileConditions(segment: CheckedSegment, context: CompileContext): CompiledConditions {
  const parameters = new Parameters();
  const clock = clockOf(segment, context);
  const traits = new TraitWriter(parameters, clock);
  const { tests } = traits;
  const { entity, root } = segment;
  const key = quoteIdentifier(entity.key);

  const asked = traitsAsked(segment);
  const tables = tablesOf(segment, asked);
  const events = eventsOf(root);
  const scan = events.length > 0 ? scanEvents(entity.key, events, { tests, parameters, clock }) : undefined;

  const aliasOf = (trait: Trait) => `t${tables.findIndex((other) => isSameTable(other, trait.table))}.`;
  const asJoined = (trait: Trait) => joinedTrait(entity, trait);
  const nodes = preorder(root);
  const places = new Map(nodes.map((node, index) => [node, index]));
  const columnFor = (node: CheckedNode) => `c${places.get(node)}`;
  // A group refers to the columns of its parts: written out, the text of a deep tree would grow with the square of its depth.
  const condition = (node: CheckedNode): Predicate => {
    switch (node.kind) {
      case 'all':
      case 'any':
        return (node.kind === 'all' ? both : either)(node.children.map((child) => tight(columnFor(child))));
      case 'not':
        return not(tight(columnFor(node.child)));
      case 'trait':
        return traits.condition(
          {
            ...node,
            trait: asJoined(node.trait),
            test: node.test.is === 'trait' ? { ...node.test, other: asJoined(node.test.other) } : node.test,
          },
          aliasOf,
        );
      case 'event':
        return comparison(node.count, `e.n${events.indexOf(node)}`);
      case 'segment':
        return segmentMembers(entity, `t0.${key}`, node.segment, context, parameters);
    }
  };

  const columns = nodes.map((node) => ({ column: columnFor(node), path: node.path, node }));
  const selected = nodes.map((node) => `toBool(${condition(node).sql}) as ${columnFor(node)}`);
  const from = tables.map((table, index) =>
    index === 0
      ? `from ${rowsOf(entity, table, asked)} as t0`
      : `left join ${joinedRowsOf(entity, table, asked)} as t${index} on t${index}.${key} = t0.${key}`,
  );
  const counted = scan === undefined ? [] : [`left join ${subquery(countsPerEntity(scan, events))} as e on e.${key} = t0.${key}`];
  const hasKey = keyTypeOf(entity).hasKey(`t0.${key}`);
  const where = hasKey === undefined ? [] : [`where ${hasKey}`];
  const sql = [`select\n    t0.${key} as ${key},\n    ${selected.join(',\n    ')}`, ...from, ...counted, ...where].join('\n');
  return { sql, params: parameters.toObject(), settings: SETTINGS, columns };
}

function countsPerEntity(scan: EventScan, events: ReturnType<typeof eventsOf>): string {
  const counts = events.map((event, index) => `${scan.count(event)} as n${index}`);
  return `select\n    ${[scan.namedKey, ...counts].join(',\n    ')}\n${scan.source}\ngroup by ${scan.key}`;
}

/** The entity's own table first; tables of traits only when asked. */
function tablesOf({ entity }: CheckedSegment, asked: readonly Trait[]): TableName[] {
  return distinctTables([entity.table, ...asked.map(({ table }) => table)]);
}

function preorder(node: CheckedNode): CheckedNode[] {
  if (node.kind === 'all' || node.kind === 'any') return [node, ...node.children.flatMap(preorder)];
  return node.kind === 'not' ? [node, ...preorder(node.child)] : [node];
}
