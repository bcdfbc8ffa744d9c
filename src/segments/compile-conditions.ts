/**
 * A checked segment as one boolean column per condition, for every entity. Used for membership, counts, "why", and what an edit would
 * change. Pure.
 */
import type { Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import type { Path } from '../documents/problem.ts';
import { distinctTables, isSameTable, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { type CheckedNode, type CheckedSegment, type GroupedCondition, withTraits } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, SETTINGS, scanToolsOf, segmentMembers } from './compile.ts';
import { groupHolds, scanGroups } from './compile-groups.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { isInSet } from './compile-set.ts';
import { groupedOf, rowsNameOf } from './compile-source.ts';
import { sqlHolds } from './compile-sql.ts';
import { joinedRowsOf, joinedTrait, rowsOf, traitsAsked } from './compile-tables.ts';
import { TraitWriter } from './compile-trait.ts';
import { valuesOf } from './compile-values.ts';
import { type GroupScan, namedValues } from './group-scan.ts';
import { both, either, not, operand, type Predicate, tight } from './predicate.ts';

export interface ConditionColumn {
  /** `c0` is the whole segment, the others are its parts in reading order. */
  readonly column: string;
  readonly path: Path;
  readonly node: CheckedNode;
}

export interface ConditionOptions {
  /** A condition on the key: only such entities are read. All when left out. */
  readonly keys?: (key: string, parameters: Parameters) => Predicate;
  /** Also `v0`, `v1`, …: the values that decide each condition, as texts (Array(Nullable(String))); empty for groups. */
  readonly hasValues?: boolean;
  /** Equal for conditions that share a scan. By their rows when left out. */
  readonly scanOf?: (condition: GroupedCondition) => string;
  /** Where several statements become one, they share their parameters. */
  readonly parameters?: Parameters;
}

export interface CompiledConditions extends Compiled {
  readonly columns: readonly ConditionColumn[];
}

/**
 * Columns: the entity's key, then `c0`, `c1`, … as Bool. One row per entity with a key, whether a member or not; one scan of the events for
 * all conditions.
 */
export function compileConditions(
  segment: CheckedSegment,
  context: CompileContext,
  { keys, hasValues = false, parameters = new Parameters(), scanOf = rowsNameOf }: ConditionOptions = {},
): CompiledConditions {
  const clock = clockOf(segment, context);
  const traits = new TraitWriter(segment.entity, parameters, clock);
  const tools = scanToolsOf(context, clock, parameters);
  const { entity, root } = segment;
  const key = quoteIdentifier(entity.key);

  const asked = traitsAsked(segment);
  const tables = tablesOf(segment, asked);
  const scans = [...Map.groupBy(groupedOf(root), scanOf).values()].map((conditions, index) => {
    const alias = `g${index}`;
    const scan = scanGroups(entity, conditions, tools);
    return { alias, ...measuresPerEntity(scan, conditions, alias, keys?.(scan.key, parameters)) };
  });

  const aliasOf = (trait: Trait) => `t${tables.findIndex((other) => isSameTable(other, trait.table))}.`;
  const asJoined = (trait: Trait) => joinedTrait(entity, trait);
  const nodes = preorder(root);
  const places = new Map(nodes.map((node, index) => [node, index]));
  const columnFor = (node: CheckedNode) => `c${places.get(node)}`;
  const measuresOf = (node: GroupedCondition) => scans.flatMap(({ columnsOf }) => columnsOf.get(node) ?? []);
  const grouped = (node: GroupedCondition): Predicate =>
    groupHolds(node, measuresOf(node), { isNegated: false, hasRows: false }, tools) ?? tight('true');
  // A group refers to the columns of its parts: written out, the text of a deep tree would grow with the square of its depth.
  const condition = (node: CheckedNode): Predicate => {
    switch (node.kind) {
      case 'all':
      case 'any':
        return (node.kind === 'all' ? both : either)(node.children.map((child) => tight(columnFor(child))));
      case 'not':
        return not(tight(columnFor(node.child)));
      case 'trait':
        return traits.condition(withTraits(node, asJoined), aliasOf, `t0.${key}`);
      case 'event':
      case 'sequence':
      case 'related':
        return grouped(node);
      case 'sql':
        return sqlHolds(entity, `t0.${key}`, node);
      case 'list':
      case 'audience':
        return isInSet(entity, `t0.${key}`, node, context, parameters);
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
  const counted = scans.map(({ sql, alias }) => `left join ${subquery(sql)} as ${alias} on ${alias}.${key} = t0.${key}`);
  const values = hasValues ? nodes.map((node) => `${valuesOf(node, { aliasOf, measuresOf })} as v${places.get(node)}`) : [];
  const hasKey = keyTypeOf(entity).hasKey(`t0.${key}`);
  const wanted = keys?.(`t0.${key}`, parameters);
  const conditions = [...(hasKey === undefined ? [] : [hasKey]), ...(wanted === undefined ? [] : [operand(wanted)])];
  const where = conditions.length === 0 ? [] : [`where ${conditions.join(' and ')}`];
  const sql = [`select\n    t0.${key} as ${key},\n    ${[...selected, ...values].join(',\n    ')}`, ...from, ...counted, ...where].join(
    '\n',
  );
  return { sql, params: parameters.toObject(), settings: SETTINGS, columns };
}

/** One row per entity with rows, a column per measure; and the names of each condition's columns. */
function measuresPerEntity(
  scan: GroupScan,
  conditions: readonly GroupedCondition[],
  alias: string,
  // The server moves it below the grouping, to the index of the rows: it is about the key only.
  wanted: Predicate | undefined,
) {
  const measured = conditions.flatMap((condition) => scan.measures(condition).map((measure) => ({ condition, measure })));
  const named = measured.map(({ condition, measure }, index) => ({ condition, measure, name: `m${index}` }));
  const columnsOf = new Map(
    [...Map.groupBy(named, ({ condition }) => condition)].map(([condition, own]) => [condition, own.map(({ name }) => `${alias}.${name}`)]),
  );
  const selected = [scan.namedKey, ...named.map(({ measure, name }) => `${measure} as ${name}`)];
  return {
    columnsOf,
    sql: `${namedValues(scan)}select\n    ${selected.join(',\n    ')}\n${scan.source}\ngroup by ${scan.key}${wanted === undefined ? '' : `\nhaving ${wanted.sql}`}`,
  };
}

/** The entity's own table first; tables of traits only when asked. */
function tablesOf({ entity }: CheckedSegment, asked: readonly Trait[]): TableName[] {
  return distinctTables([entity.table, ...asked.map(({ table }) => table)]);
}

function preorder(node: CheckedNode): CheckedNode[] {
  if (node.kind === 'all' || node.kind === 'any') return [node, ...node.children.flatMap(preorder)];
  return node.kind === 'not' ? [node, ...preorder(node.child)] : [node];
}
