/**
 * A checked segment as SQL. Pure: the same input makes the same text. Values travel as parameters, names come from the catalogue.
 *
 * Two forms with the same meaning. `compileSegment` finds the members, in the shape an expert would write by hand. `compileConditions`
 * (compile-conditions.ts) answers for every entity and every condition; previews and explanations are made from it.
 */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { momentOf } from './as-of.ts';
import type { DateContext } from './calendar.ts';
import type { CheckedNode, CheckedSegment, GroupNode, Leaf } from './checked.ts';
import { groupCondition, scanGroups } from './compile-groups.ts';
import { TestWriter } from './compile-operator.ts';
import { Parameters, type ParameterValue, subquery } from './compile-parameters.ts';
import { isInSet } from './compile-set.ts';
import {
  groupedOf,
  holdsWithoutRow,
  holdsWithoutRows,
  homeOf,
  isWithinEntity,
  leavesOf,
  nameOf,
  sourceOf,
  type Tables,
} from './compile-source.ts';
import { sqlHolds } from './compile-sql.ts';
import { hasAll, rowsOf, traitsAsked } from './compile-tables.ts';
import { TraitWriter } from './compile-trait.ts';
import { compileWhole, type WholePart, type WholeTools } from './compile-whole.ts';
import { namedValues, type ScanTools } from './group-scan.ts';
import { group, not, type Predicate, tight } from './predicate.ts';

export interface CompileContext {
  /** The moment of the question; `as_of` of the definition takes precedence. */
  readonly now: Date;
  /** The workspace's zone; `timezone` of the definition takes precedence. */
  readonly timezone: string;
  /** Where memberships are kept. */
  readonly members: TableName;
  /** Published version of each segment that is referred to. */
  readonly versions: ReadonlyMap<string, string>;
  /** What a condition says: written beside its SQL, for people who read it. Nothing is written when left out. */
  readonly sentenceOf?: (leaf: Leaf) => string;
  /** The view of the current members of a segment: read instead of a version, by statements that are kept. */
  readonly viewOf?: (segment: string) => TableName;
}

export interface Compiled {
  readonly sql: string;
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** Settings that the SQL relies on, whatever the server's defaults are. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** These sizes allow the longest segment that is accepted (limits.ts): the server's own are meant for SQL that people write. */
export const SETTINGS = {
  join_use_nulls: 0,
  transform_null_in: 0,
  // A larger set is on nearly every mark of the key's index: to sort it for that costs more than the rows. Over 1 M people with a set of 750,000 it
  // was 1.4 s of the processor's time and 673 MB, without 0.2 s and 84 MB.
  use_index_for_in_with_subqueries_max_values: 10_000,
  max_query_size: 16 * 1024 * 1024,
  max_ast_elements: 1_000_000,
  max_expanded_ast_elements: 5_000_000,
} as const;

/** One column, the entity's key; each member once. `holdout`: each that is held out, instead. */
export function compileSegment(segment: CheckedSegment, context: CompileContext, part: WholePart = 'members'): Compiled {
  const parameters = new Parameters();
  return { sql: membersSql(segment, context, part, parameters), params: parameters.toObject(), settings: SETTINGS };
}

/** What scans work with. Conditions on other entities, within those on related rows, share the values and the clock of the segment. */
export function scanToolsOf(context: CompileContext, clock: DateContext, parameters: Parameters): ScanTools {
  const tools: ScanTools = {
    tests: new TestWriter(parameters, clock),
    parameters,
    clock,
    membersOf: (entity, root) => new MembershipWriter({ entity, root }, context, tools).members({ isSet: true }),
  };
  return tools;
}

/** The same as a part of another statement, which has the parameters. */
export function membersSql(segment: CheckedSegment, context: CompileContext, part: WholePart, parameters: Parameters): string {
  const tools = scanToolsOf(context, clockOf(segment, context), parameters);
  const candidates = new MembershipWriter(segment, context, tools).members();
  return compileWhole(segment, candidates, part, wholeTools(segment, context, parameters));
}

export const wholeTools = ({ entity }: CheckedSegment, context: CompileContext, parameters: Parameters): WholeTools => ({
  parameters,
  isMemberOf: (key, segment) => segmentMembers(entity, key, segment, context, parameters),
});

export function clockOf({ definition }: CheckedSegment, context: CompileContext): DateContext {
  const timezone = definition.timezone ?? context.timezone;
  const { as_of: asOf } = definition;
  return { timezone, asOfMs: asOf === undefined ? context.now.getTime() : momentOf(asOf, timezone) };
}

/** Whether the entity with the key `key` is in the version of another segment that is published now. */
export function segmentMembers(entity: Entity, key: string, segment: string, context: CompileContext, parameters: Parameters): Predicate {
  if (context.viewOf)
    return tight(`${key} in ${subquery(`select ${quoteIdentifier(entity.key)}\nfrom ${qualified(context.viewOf(segment))}`)}`);
  const version = context.versions.get(segment);
  if (version === undefined) throw new Error(`the version of segment ${segment} was not handed to the compiler`);
  const where = `segment_id = ${parameters.add('String', segment)}\n  and version = ${parameters.add('UInt64', version)}`;
  const { kept, stored } = keyTypeOf(entity);
  return tight(`${kept(key)} in ${subquery(`select ${stored}\nfrom ${qualified(context.members)}\nwhere ${where}`)}`);
}

/** A segment, or a condition on another entity within one. */
type Part = Pick<CheckedSegment, 'entity' | 'root'>;

class MembershipWriter {
  readonly #segment: Part;
  readonly #context: CompileContext;
  readonly #tools: ScanTools;
  readonly #traits: TraitWriter;
  readonly #key: string;
  readonly #asked: readonly Trait[];

  constructor(segment: Part, context: CompileContext, tools: ScanTools) {
    this.#segment = segment;
    this.#context = context;
    this.#tools = tools;
    this.#traits = new TraitWriter(segment.entity, tools.parameters, tools.clock);
    this.#key = quoteIdentifier(segment.entity.key);
    this.#asked = traitsAsked(segment);
  }

  /** Each entity with a key for which the conditions hold. `isSet`: some may come several times, which a set does not mind. */
  members({ isSet = false } = {}): string {
    return this.#withKey(this.#allMembers(isSet));
  }

  /** Where a row may lack a key: only rows with one. The alias keeps the condition from reading the selected column. */
  #withKey(members: string): string {
    const key = `keyed.${this.#key}`;
    const hasKey = keyTypeOf(this.#segment.entity).hasKey(key);
    if (hasKey === undefined) return members;
    return `select assumeNotNull(${key}) as ${this.#key}\nfrom ${subquery(members)} as keyed\nwhere ${hasKey}`;
  }

  #allMembers(isSet: boolean): string {
    const { root, entity } = this.#segment;
    // Entities without any row are not among the rows. So a condition that is true for them is asked of the entity's own table, and so is
    // one of rows that may have keys of no entity.
    if (
      sourceOf(root).kind === 'groups' &&
      !holdsWithoutRows(root) &&
      groupedOf(root).every((condition) => isWithinEntity(condition, entity))
    )
      return [...this.#comments(root), this.#groupMembers(root, !isSet)].join('\n');
    return this.#tableMembers(root, homeOf(root, entity));
  }

  #tableMembers(node: CheckedNode, home: Tables): string {
    const [first, ...others] = home.tables.map((table) => rowsOf(this.#segment.entity, table, this.#asked));
    const from = [`${first} as t0`, ...others.map((table, index) => `${table} as t${index + 1} using (${this.#key})`)];
    return `select ${this.#key}\nfrom ${others.length === 0 ? first : from.join('\ninner join ')}\nwhere ${this.#condition(node, home).sql}`;
  }

  /** `node` as a condition on rows of `home`: its own columns directly, everything else as membership in a set. */
  #condition(node: CheckedNode, home: Tables): Predicate {
    const made = this.#unexplained(node, home);
    // What a tree over one table says stands beside each of its conditions.
    const isGroup = node.kind === 'all' || node.kind === 'any' || node.kind === 'not';
    if (isGroup && sourceOf(node).kind !== 'groups') return made;
    return { ...made, sql: [made.sql, ...this.#comments(node)].join(' ') };
  }

  #comments(node: CheckedNode): string[] {
    const { sentenceOf } = this.#context;
    return sentenceOf === undefined ? [] : [comment(leavesOf(node).map(sentenceOf).join('; '))];
  }

  #unexplained(node: CheckedNode, home: Tables): Predicate {
    const source = sourceOf(node);
    if (source.kind === 'groups') return this.#groupSet(node);
    if (source.kind === 'tables' && nameOf(source) !== nameOf(home)) return this.#tableSet(node, source);
    switch (node.kind) {
      case 'all':
      case 'any':
        return this.#group(node, home);
      case 'not':
        return not(this.#condition(node.child, home));
      case 'trait':
        return this.#traits.condition(node, (trait) => this.#aliasOf(trait, home), this.#key);
      case 'event':
      case 'sequence':
      case 'related':
        return this.#groupSet(node);
      case 'sql':
        return sqlHolds(this.#segment.entity, this.#key, node);
      case 'list':
      case 'audience':
        return isInSet(this.#segment.entity, this.#key, node, this.#context, this.#tools.parameters);
      case 'segment':
        return segmentMembers(this.#segment.entity, this.#key, node.segment, this.#context, this.#tools.parameters);
    }
  }

  /**
   * Entities without a row in a table are not among its rows: when the condition is true for them, the entities for which it is false are
   * excluded instead. Also of a negation where all have a row: those are fewer as a rule, and a set is kept in memory.
   */
  #tableSet(node: CheckedNode, source: Tables): Predicate {
    const { entity } = this.#segment;
    const canLack = source.tables.some((table) => !hasAll(entity, table));
    const isComplement = canLack ? holdsWithoutRow(node, source.tables) === true : node.kind === 'not';
    if (!isComplement) return tight(`${this.#key} in ${subquery(this.#tableMembers(node, source))}`);
    return tight(`${this.#key} not in ${subquery(this.#tableMembers(opposite(node), source))}`);
  }

  /** Children that share a source other than `home` are combined: three event conditions of one group are one scan. */
  #group(node: GroupNode, home: Tables): Predicate {
    const together = Map.groupBy(node.children, (child) => {
      const source = sourceOf(child);
      const isAlone = source.kind === 'mixed' || source.kind === 'sets' || nameOf(source) === nameOf(home);
      return isAlone ? child : nameOf(source);
    });
    const conditions = [...together.values()].map((children) => {
      const [first, ...others] = children;
      return this.#condition(first !== undefined && others.length === 0 ? first : { kind: node.kind, path: node.path, children }, home);
    });
    return group(node.kind, conditions);
  }

  #aliasOf({ table }: Trait, home: Tables): string {
    if (home.tables.length === 1) return '';
    return `t${home.tables.findIndex((other) => isSameTable(other, table))}.`;
  }

  #groupSet(node: CheckedNode): Predicate {
    const isComplement = holdsWithoutRows(node);
    return tight(
      `${this.#key} ${isComplement ? 'not in' : 'in'} ${subquery(this.#groupMembers(isComplement ? opposite(node) : node, false))}`,
    );
  }

  /** Entities with rows for which `node` is true. `isDistinct`: each once; a set does not need that. */
  #groupMembers(node: CheckedNode, isDistinct: boolean): string {
    const scan = scanGroups(this.#segment.entity, groupedOf(node), this.#tools);
    const having = groupCondition(node, scan, this.#tools);
    const select = `${namedValues(scan)}select ${scan.namedKey}`;
    if (having === undefined && !isDistinct) return `${select}\n${scan.source}`;
    return `${select}\n${scan.source}\ngroup by ${scan.key}${having === undefined ? '' : `\nhaving ${having.sql}`}`;
  }
}

/** A text in a comment can hold anything but the end of it. */
const comment = (text: string) => `/* ${text.replaceAll('*/', '* /').replaceAll('/*', '/ *').replace(/\s+/g, ' ')} */`;

const opposite = (node: CheckedNode): CheckedNode => (node.kind === 'not' ? node.child : { kind: 'not', path: node.path, child: node });
