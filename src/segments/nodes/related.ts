/** A condition on related rows: which, when, with which columns, and what is measured over them. Pure. */
import { isComparable, isTime, type Relation, type TypedColumn } from '../../catalogue/catalogue.ts';
import { nearest, type Path } from '../../documents/problem.ts';
import { readOccurrences, readSummary } from '../check-column-measure.ts';
import { readCount } from '../check-count.ts';
import { type Compared, comparedWith, readCompared } from '../check-measure.ts';
import { readTest } from '../check-operator.ts';
import { type CheckTools, operatorOf } from '../check-tools.ts';
import { readWindow } from '../check-window.ts';
import { type Aggregate, AT_LEAST_ONCE, type CheckedNode, type RelatedCondition, type RowColumn, type RowFilter } from '../checked.ts';
import { canBeCompared } from '../compile-row-measure.ts';
import type { Node } from '../definition.ts';
import type { Count } from '../language/count.ts';
import { PROPERTY_OPERATORS } from '../language/operators.ts';
import type { RelatedFilter, RelatedNode } from '../language/related.ts';

/** Checks a condition on another entity; undefined when a problem was reported. */
type CheckNode = (node: Node, path: Path, tools: CheckTools) => CheckedNode | undefined;

const RELATED_EDGES = ['first', 'last'] as const;

/** The measure that is compared with itself over another window. */
function comparedOf(node: RelatedNode<Node>): { readonly is: 'count' | Aggregate; readonly with: Compared } | undefined {
  for (const is of ['count', 'sum', 'avg', 'min', 'max'] as const) {
    const found = node[is] && comparedWith(node[is]);
    if (found) return { is, with: found };
  }
  return undefined;
}

/** Undefined when a problem was reported. */
export function checkRelated(node: RelatedNode<Node>, path: Path, tools: CheckTools, checkNode: CheckNode): RelatedCondition | undefined {
  const before = tools.problems.length;
  const way = readWay(node.related, [...path, 'related'], tools);
  if (!way) return undefined;
  const rows = new RowsCheck(way, tools, checkNode);
  const that = node.that === undefined ? [] : [rows.filter({ that: node.that }, path)];
  const filters = [...rows.filters(node.where ?? [], [...path, 'where']), ...that].flatMap((filter) => filter ?? []);
  const during = rows.during(node, path);
  const measure = rows.measure(node, path);
  if (tools.problems.length > before || !measure) return undefined;
  return { kind: 'related', path, way, filters, ...(during ? { during } : {}), measure };
}

function readWay(related: string, path: Path, tools: CheckTools): RelatedCondition['way'] | undefined {
  const way: Relation[] = [];
  let place = { name: `a ${tools.entity.name}`, relations: tools.entity.related };
  for (const name of related.split('.')) {
    const next = place.relations.find((relation) => relation.name === name);
    if (!next)
      return tools.report(
        path,
        unknownRelation(name, place),
        nearest(
          name,
          place.relations.map((one) => one.name),
        ),
      );
    const problem = problemOf(next, way.at(-1));
    if (problem !== undefined) return tools.report(path, problem);
    way.push(next);
    place = { name: `the rows of ${next.table.table}`, relations: relationsOf(next, tools) };
  }
  const [first, ...others] = way;
  return first && [first, ...others];
}

function unknownRelation(
  name: string,
  { name: place, relations }: { readonly name: string; readonly relations: readonly Relation[] },
): string {
  const known =
    relations.length === 0
      ? 'It has none: `related` in the yml of a model makes one.'
      : `It has ${relations.map((one) => one.name).join(', ')}.`;
  return `there is no relation ${name} of ${place}. ${known}`;
}

/** Why rows cannot be found by it. `before`: the relation by which the way comes to where it starts. */
function problemOf({ name, from, table, column, types }: Relation, before: Relation | undefined): string | undefined {
  if (before && (before.table.database !== from.table.database || before.table.table !== from.table.table))
    return `${name} starts at rows of ${from.table.table}, and this way comes to rows of ${before.table.table}`;
  for (const [type, of] of [
    [types.from, `${from.table.table}.${from.column}`],
    [types.to, `${table.table}.${column}`],
  ])
    if (type === undefined) return `${name} goes by the column ${of}, whose yml states no data_type: write it there`;
  if (isComparable(types.from ?? '', types.to ?? '')) return undefined;
  return `${name} goes by ${from.table.table}.${from.column}, a ${types.from}, and ${table.table}.${column}, a ${types.to}: give both the same type in the models`;
}

function relationsOf({ to }: Relation, { world: { catalogue } }: CheckTools): readonly Relation[] {
  return ('entity' in to ? catalogue.entities.get(to.entity) : catalogue.models.get(to.model))?.related ?? [];
}

/** The rows to which a way leads. */
class RowsCheck {
  readonly #rows: Relation;
  readonly #tools: CheckTools;
  readonly #checkNode: CheckNode;

  constructor(way: RelatedCondition['way'], tools: CheckTools, checkNode: CheckNode) {
    this.#rows = way.at(-1) ?? way[0];
    this.#tools = tools;
    this.#checkNode = checkNode;
  }

  filters(filters: readonly RelatedFilter<Node>[], path: Path): RowFilter[] {
    return filters.flatMap((filter, index) => this.filter(filter, [...path, index]) ?? []);
  }

  filter(filter: RelatedFilter<Node>, path: Path): RowFilter | undefined {
    if (filter.that !== undefined) return this.#that(filter.column, filter.that, path);
    const of = this.#column(filter.column ?? '', [...path, 'column']);
    if (!of) return undefined;
    const { operator, operand } = operatorOf(filter, PROPERTY_OPERATORS);
    return this.#tools.fitting([...path, operator], () => ({
      is: 'column',
      of,
      test: readTest(of.column.column.value, operator, operand),
    }));
  }

  during(node: RelatedNode<Node>, path: Path): RelatedCondition['during'] {
    const { during, at } = node;
    const edge = RELATED_EDGES.find((word) => node[word] !== undefined);
    const word = during === undefined && comparedOf(node) === undefined ? edge : 'during';
    if (word === undefined && at === undefined) return undefined;
    const window = readWindow(during, [...path, 'during'], this.#tools);
    const of = at === undefined ? this.#onlyTime([...path, word ?? 'at']) : this.#column(at, [...path, 'at']);
    if (!of) return undefined;
    if (isTime(of.column.column)) return { at: of, window };
    return this.#tools.report(
      [...path, 'at'],
      `${at} is a ${of.column.column.value.kind}, and windows need a date or a moment. ${this.#times()}`,
    );
  }

  measure(node: RelatedNode<Node>, path: Path): RelatedCondition['measure'] | undefined {
    if (node.every !== undefined) return { is: 'every', filters: this.filters(node.every, [...path, 'every']) };
    for (const is of RELATED_EDGES) {
      const edge = node[is];
      if (edge !== undefined) return { is, filters: this.filters(edge.where, [...path, is, 'where']) };
    }
    const compared = comparedOf(node);
    if (compared) return this.#compared(node, compared.is, compared.with, [...path, compared.is]);
    for (const is of ['sum', 'avg', 'min', 'max'] as const) {
      const measured = node[is];
      if (measured === undefined) continue;
      const of = this.#column(measured.column, [...path, is, 'column']);
      const test = of && readSummary(is, measured, { name: measured.column, kind: of.column.column.value }, [...path, is], this.#tools);
      return of && test && { is, of, test };
    }
    for (const is of ['distinct', 'repeats'] as const) {
      const counted = node[is];
      if (counted === undefined) continue;
      const of = this.#column(counted.column, [...path, is, 'column']);
      const count = of && readOccurrences(is, counted, { name: counted.column, kind: of.column.column.value }, [...path, is], this.#tools);
      return of && count && { is, of, count };
    }
    return {
      is: 'count',
      count: node.count === undefined ? AT_LEAST_ONCE : readCount(node.count as Count, [...path, 'count'], this.#tools),
    };
  }

  #compared(node: RelatedNode<Node>, is: 'count' | Aggregate, other: Compared, path: Path): RelatedCondition['measure'] | undefined {
    if (is === 'count') return readCompared<RowColumn>(node, { is }, other, path, this.#tools);
    const of = this.#column(node[is]?.column ?? '', [...path, 'column']);
    if (!of) return undefined;
    const { value } = of.column.column;
    if (value.kind === 'number' && canBeCompared(value.number)) return readCompared(node, { is, of }, other, path, this.#tools);
    const what = value.kind === 'number' ? of.column.type : `a ${value.kind}`;
    return this.#tools.report(
      [...path, 'column'],
      `${of.column.name} is ${what}: with another window whole numbers up to 64 bits, decimals up to 38 digits and floats are compared`,
    );
  }

  /** `column`: the way over relations to one; the row itself when left out. */
  #that(column: string | undefined, that: Node, path: Path): RowFilter | undefined {
    const hops = column === undefined ? [] : this.#hops(column.split('.'), [...path, 'column']);
    if (!hops) return undefined;
    const end = hops.at(-1) ?? this.#rows;
    const entity = 'entity' in end.to ? this.#tools.world.catalogue.entities.get(end.to.entity) : undefined;
    if (!entity) return this.#tools.report([...path, 'that'], this.#noEntity(end));
    const node = this.#checkNode(that, [...path, 'that'], this.#tools.of(entity));
    return node && { is: 'that', hops, entity, node };
  }

  #noEntity(end: Relation): string {
    const ways = relationsOf(end, this.#tools).filter(({ cardinality, to }) => cardinality === 'one' && 'entity' in to);
    const hint =
      ways.length === 0
        ? 'Test their columns with `where`.'
        : `They lead to one: write ${ways.map(({ name }) => `\`related: ….${name}\``).join(' or ')}, or \`where: [{ column: ${ways[0]?.name}, that: … }]\`.`;
    return `is a condition on an entity, and these are rows of ${end.table.table}. ${hint}`;
  }

  /** Dots lead over relations to one. */
  #column(name: string, path: Path): RowColumn | undefined {
    const names = name.split('.');
    const hops = this.#hops(names.slice(0, -1), path);
    if (!hops) return undefined;
    const end = hops.at(-1) ?? this.#rows;
    const last = names.at(-1) ?? '';
    const column = end.columns.get(last);
    if (column) return { hops, column };
    const relation = relationsOf(end, this.#tools).find((one) => one.name === last);
    if (relation) return this.#tools.report(path, leadsOn(relation));
    const known = end.columns.size === 0 ? 'Its yml states no types.' : `There are ${[...end.columns.keys()].join(', ')}.`;
    return this.#tools.report(
      path,
      `there is no column ${last} in rows of ${end.table.table}. ${known}`,
      nearest(last, end.columns.keys()),
    );
  }

  #hops(names: readonly string[], path: Path): Relation[] | undefined {
    const hops: Relation[] = [];
    for (const name of names) {
      const end = hops.at(-1) ?? this.#rows;
      const relations = relationsOf(end, this.#tools);
      const next = relations.find((one) => one.name === name);
      const toOne = relations.filter(({ cardinality }) => cardinality === 'one');
      if (!next) {
        const place = { name: `the rows of ${end.table.table}`, relations: toOne };
        return this.#tools.report(
          path,
          unknownRelation(name, place),
          nearest(
            name,
            toOne.map((one) => one.name),
          ),
        );
      }
      const problem = next.cardinality === 'many' ? leadsOn(next) : problemOf(next, end);
      if (problem !== undefined) return this.#tools.report(path, problem);
      hops.push(next);
    }
    return hops;
  }

  #onlyTime(path: Path): RowColumn | undefined {
    const column = this.#rows.columns.get(this.#rows.time ?? '');
    return column ? { hops: [], column } : this.#tools.report(path, `needs \`at\`: which column says when. ${this.#times()}`);
  }

  #times(): string {
    const times = [...this.#rows.columns.values()].filter((column: TypedColumn) => isTime(column.column));
    const { table } = this.#rows.table;
    return times.length === 0 ? `Rows of ${table} have none.` : `Rows of ${table} have ${times.map(({ name }) => name).join(', ')}.`;
  }
}

/** A relation where a column is expected. */
const leadsOn = ({ name, cardinality, table }: Relation) =>
  cardinality === 'many'
    ? `${name} are many rows (of ${table.table}), and a filter asks about one: let \`related\` lead to them`
    : `${name} leads to a row of ${table.table}: write \`${name}.…\`, with one of its columns`;
