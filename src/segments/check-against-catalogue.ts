/** Checks a definition against the catalogue: traits, events, other segments. Finds all problems, not only the first. Pure. */
import type { Catalogue, Entity, EventStream, Trait } from '../catalogue/catalogue.ts';
import type { EventSample, PropertySample } from '../catalogue/event-sample.ts';
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import { futureAsOf, whatAsOfLeaves } from './as-of.ts';
import { readJsonTest } from './check-json-operator.ts';
import { assertInOrder, OPERATORS_OF, OperatorProblem, readDuration, readTest } from './check-operator.ts';
import {
  AT_LEAST_ONCE,
  type CheckedNode,
  type CheckedSegment,
  type Count,
  type EventPart,
  type PropertyCondition,
  type TimeWindow,
  type TraitComparison,
} from './checked.ts';
import {
  COUNT_OPERATORS,
  type During,
  type EventNode,
  type Node,
  OPERATORS,
  type Operator,
  PROPERTY_OPERATORS,
  type PropertyFilter,
  type SegmentDefinition,
  type TraitNode,
} from './definition.ts';
import { tooManyConditions } from './limits.ts';
import { cycleThrough, referencesOf } from './references.ts';
import { NO_RELATED } from './related.ts';

export interface SegmentContext {
  readonly catalogue: Catalogue;
  /** All segments by id; the checked one may be among them. */
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  /** Events and properties that the data holds. Without it, their names are not checked. */
  readonly events?: readonly EventSample[];
  /** Undeclared traits that the data holds. Without it, their names are not checked. */
  readonly openTraits?: readonly PropertySample[];
  /** The moment that `as_of` is compared with. Without it, `as_of` is not checked. */
  readonly now?: { readonly at: Date /** Of the workspace, where it is known. */; readonly timezone?: string };
}

export type CheckResult = (
  | { readonly ok: true; readonly segment: CheckedSegment }
  | { readonly ok: false; readonly problems: readonly Problem[] }
) & {
  /** Findings that stop nothing: names of events and properties that no data has yet, and conditions that `as_of` does not affect. */
  readonly warnings: readonly Problem[];
};

export function checkSegment(definition: SegmentDefinition, world: SegmentContext): CheckResult {
  const entity = world.catalogue.entities.get(definition.entity);
  if (!entity) {
    const known = [...world.catalogue.entities.keys()];
    const list = known.length > 0 ? `The catalogue has ${known.join(', ')}.` : 'The catalogue is empty: run `sluice build` first.';
    const problem = {
      path: ['entity'],
      message: `there is no entity ${definition.entity}. ${list}`,
      suggestions: nearest(definition.entity, known),
    };
    return { ok: false, problems: [problem], warnings: [] };
  }
  const checker = new Checker(entity, world);
  const root = checker.node(definition.where, ['where']);
  checker.cycle(definition);
  checker.problems.push(...futureAsOf(definition, world.now));
  if (root !== undefined) checker.problems.push(...tooManyConditions(root));
  if (root === undefined || checker.problems.length > 0) return { ok: false, problems: checker.problems, warnings: checker.warnings };
  const references = [...new Set(referencesOf(definition).map(({ segment }) => segment))];
  const warnings = [...checker.warnings, ...whatAsOfLeaves(definition, root)];
  return { ok: true, segment: { definition, entity, root, references }, warnings };
}

class Checker {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #entity: Entity;
  readonly #world: SegmentContext;

  constructor(entity: Entity, world: SegmentContext) {
    this.#entity = entity;
    this.#world = world;
  }

  /** Undefined when a problem below this node was reported. */
  node(node: Node, path: Path): CheckedNode | undefined {
    if ('all' in node) return this.#group('all', node.all, path);
    if ('any' in node) return this.#group('any', node.any, path);
    if ('not' in node) {
      const child = this.node(node.not, [...path, 'not']);
      return child && { kind: 'not', path, child };
    }
    if ('trait' in node) return this.#trait(node, path);
    if ('event' in node) return this.#event(node, path);
    return this.#segment(node.segment, path);
  }

  cycle(definition: SegmentDefinition): void {
    const cycle = cycleThrough(definition, this.#world.segments);
    if (!cycle) return;
    this.#report(cycle.path, `is a cycle: ${cycle.ids.join(' → ')}. A segment cannot depend on itself.`);
  }

  #group(kind: 'all' | 'any', nodes: readonly Node[], path: Path): CheckedNode {
    const children = nodes.flatMap((node, index) => this.node(node, [...path, kind, index]) ?? []);
    return { kind, path, children };
  }

  #trait(node: TraitNode, path: Path): CheckedNode | undefined {
    if (this.#isOpen(node.trait)) return this.#openTrait(node, path);
    const trait = this.#findTrait(node.trait, [...path, 'trait']);
    if (!trait) return undefined;
    const { operator, operand } = operatorOf(node, OPERATORS);
    return this.#fitting([...path, operator], () => {
      if (isOtherTrait(operand)) {
        if (this.#isOpen(operand.trait))
          throw new OperatorProblem(`${operand.trait} has no declared type: it cannot be compared with another trait`);
        const other = this.#findTrait(operand.trait, [...path, operator, 'trait']);
        return other && { kind: 'trait', path, trait, test: compareTraits(trait, operator, other) };
      }
      return { kind: 'trait', path, trait, test: readTest(trait.column.value, operator, operand) };
    });
  }

  #isOpen(name: string): boolean {
    const { openTraits, traits } = this.#entity;
    return openTraits !== undefined && name.startsWith(`${openTraits.column}.`) && !traits.has(name);
  }

  /** An undeclared trait: as with a property of an event, the operand decides the type of the comparison. */
  #openTrait(node: TraitNode, path: Path): CheckedNode | undefined {
    const { openTraits } = this.#entity;
    const [column = '', ...names] = node.trait.split('.');
    if (!openTraits || !names.every((name) => PROPERTY_PART.test(name)))
      return this.#report([...path, 'trait'], `a trait in ${column} ${NAMED_BY}`);
    this.#warnAboutOpenTrait(node.trait, [...path, 'trait']);
    const { operator, operand } = operatorOf(node, OPERATORS);
    return this.#fitting([...path, operator], () => {
      if (isOtherTrait(operand)) throw new OperatorProblem(`${node.trait} has no declared type: it cannot be compared with another trait`);
      const { description, isPii, table } = openTraits;
      const trait: Trait = {
        name: node.trait,
        label: names.join('.'),
        description,
        type: 'JSON',
        column: { value: { kind: 'text', needsCast: false }, isNullable: true },
        isPii,
        table,
        path: [column, ...names],
      };
      return { kind: 'trait', path, trait, test: { is: 'json', names, test: readJsonTest(operator, operand) } };
    });
  }

  #warnAboutOpenTrait(name: string, path: Path): void {
    const known = this.#world.openTraits?.map((trait) => trait.name);
    if (known === undefined || known.includes(name)) return;
    this.warnings.push({ path, message: `no member of the entity has been seen with ${name}.`, suggestions: nearest(name, known) });
  }

  #event(node: EventNode, path: Path): CheckedNode | undefined {
    if (this.#entity.streams.length === 0)
      return this.#report([...path, 'event'], `no published model holds events of a ${this.#entity.name}`);
    const before = this.problems.length;
    const events = [...new Set([node.event].flat())];
    const streams = new Map<EventStream, string[]>();
    for (const event of events)
      for (const stream of this.#streamsOf(event, [...path, 'event'])) streams.set(stream, [...(streams.get(stream) ?? []), event]);
    const count = this.#count(node.count, [...path, 'count']);
    const during = this.#during(node.during, [...path, 'during']);
    const parts = [...streams].map(([stream, names]): EventPart => {
      const filters = (node.where ?? []).flatMap((filter, index) => this.#filter(filter, stream, names, [...path, 'where', index]) ?? []);
      return { stream, events: names, filters };
    });
    return this.problems.length > before ? undefined : { kind: 'event', path, events, count, during, parts };
  }

  /**
   * When a stream is declared for this event name, it has all events of that name; counting them in another stream would count them twice.
   * Otherwise the events are in every stream that has a name column.
   */
  #streamsOf(event: string, path: Path): readonly EventStream[] {
    const { streams, name } = this.#entity;
    const named = streams.find((stream) => stream.event.is === 'constant' && stream.event.name === event);
    const open = streams.filter((stream) => stream.event.is === 'column');
    const constants = streams.flatMap((stream) => (stream.event.is === 'constant' ? [stream.event.name] : []));
    if (!named && open.length === 0) {
      this.#report(path, `there is no event ${event} of a ${name}.`, nearest(event, constants));
      return [];
    }
    this.#warnAboutEvent(event, named, constants, path);
    return named ? [named] : open;
  }

  #segment(segment: string, path: Path): CheckedNode | undefined {
    const other = this.#world.segments.get(segment);
    if (!other) {
      return this.#report([...path, 'segment'], `there is no segment ${segment}.`, nearest(segment, this.#world.segments.keys()));
    }
    if (other.entity !== this.#entity.name) {
      return this.#report([...path, 'segment'], `the segment ${segment} is of ${other.entity}, this one of ${this.#entity.name}`);
    }
    return { kind: 'segment', path, segment };
  }

  #findTrait(name: string, path: Path): Trait | undefined {
    const trait = this.#entity.traits.get(name);
    if (trait) return trait;
    const related = this.#entity.related.find((relation) => name === relation.name || name.startsWith(`${relation.name}.`));
    if (related)
      return this.#report(
        path,
        `${related.name} are related rows of a ${this.#entity.name} (${related.table.table}), no trait. ${NO_RELATED}`,
      );
    return this.#report(path, `there is no trait ${name} of a ${this.#entity.name}.`, nearest(name, this.#entity.traits.keys()));
  }

  #count(count: EventNode['count'], path: Path): Count {
    if (count === undefined) return AT_LEAST_ONCE;
    const operator = COUNT_OPERATORS.find((name) => count[name] !== undefined) ?? 'gte';
    if (operator !== 'between') return { is: operator, times: count[operator] ?? 1 };
    const [low, high] = count.between ?? [0, 0];
    if (low > high) this.#report([...path, 'between'], `write the lower number first: [${high}, ${low}]`);
    return { is: 'between', low, high };
  }

  #during(during: During | undefined, path: Path): TimeWindow {
    if (during === undefined) return { is: 'always' };
    if (during.last !== undefined) return { is: 'last', seconds: readDuration(during.last) };
    if (during.between !== undefined) {
      const [near, far] = during.between;
      const window = { is: 'ago', nearSeconds: readDuration(near), farSeconds: readDuration(far) } as const;
      if (window.nearSeconds >= window.farSeconds) this.#report([...path, 'between'], `write the shorter length first: [${far}, ${near}]`);
      return window;
    }
    const { from, to } = during;
    if (from !== undefined && to !== undefined) this.#fitting([...path, 'to'], () => assertInOrder(from, to, `${to} is before ${from}`));
    const end = to === undefined ? {} : to.includes('T') ? { before: to } : { until: to };
    return { is: 'dates', ...(from === undefined ? {} : { from }), ...end };
  }

  #filter(filter: PropertyFilter, stream: EventStream, events: readonly string[], path: Path): PropertyCondition | undefined {
    const { operator, operand } = operatorOf(filter, PROPERTY_OPERATORS);
    if (stream.properties.is === 'columns') {
      const { columns } = stream.properties;
      const property = columns.get(filter.property);
      if (!property) {
        const known = columns.size === 0 ? 'It has none.' : `It has ${[...columns.keys()].join(', ')}.`;
        const message = `${events.join(', ')} (model ${stream.name}) has no property ${filter.property}. ${known}`;
        return this.#report([...path, 'property'], message, nearest(filter.property, columns.keys()));
      }
      return this.#fitting([...path, operator], () => ({
        is: 'column',
        property,
        test: readTest(property.column.value, operator, operand),
      }));
    }
    const property = filter.property.split('.');
    if (!property.every((part) => PROPERTY_PART.test(part))) {
      return this.#report([...path, 'property'], `a property ${NAMED_BY}`);
    }
    this.#warnAboutProperty(filter.property, stream, events, [...path, 'property']);
    return this.#fitting([...path, operator], () => ({ is: 'json', property, test: readJsonTest(operator, operand) }));
  }

  #warnAboutEvent(event: string, named: EventStream | undefined, constants: readonly string[], path: Path): void {
    const seen = this.#world.events;
    if (seen === undefined) return;
    if (named) {
      const elsewhere = seen.find(({ name, stream }) => name === event && stream !== named.name);
      if (!elsewhere) return;
      const message = `${event} is counted in the model ${named.name}, which is declared to be of that name; those in ${elsewhere.stream} are not counted.`;
      this.warnings.push({ path, message });
      return;
    }
    if (seen.some(({ name }) => name === event)) return;
    const suggestions = nearest(event, new Set([...seen.map(({ name }) => name), ...constants]));
    this.warnings.push({ path, message: `no event named ${event} has been seen.`, suggestions });
  }

  /** Of several streams, it is enough that one has seen it. */
  #warnAboutProperty(property: string, { name: model }: EventStream, events: readonly string[], path: Path): void {
    const all = this.#world.events?.filter(({ name }) => events.includes(name));
    const known = all?.flatMap(({ properties }) => properties.map(({ name }) => name));
    const isSeen = all?.some(({ stream }) => stream === model);
    if (known === undefined || !isSeen || known.includes(property)) return;
    this.warnings.push({
      path,
      message: `${events.join(', ')} has not been seen with a property ${property}.`,
      suggestions: nearest(property, new Set(known)),
    });
  }

  #fitting<T>(path: Path, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error;
      return this.#report(path, error.message);
    }
  }

  /** Reported once: the same filter may be wrong in several streams. */
  #report(path: Path, message: string, suggestions: readonly string[] = []): undefined {
    if (this.problems.some((problem) => problem.path.join() === path.join() && problem.message === message)) return;
    this.problems.push({ path, message, ...(suggestions.length > 0 ? { suggestions } : {}) });
  }
}

const NAMED_BY = 'is named by letters, digits, spaces and _ - $ : /, with dots between the levels';

/** Characters that may be between backticks in a JSON path: no quote, backtick or backslash, so that a name cannot end its own quoting. */
const PROPERTY_PART = /^[\p{L}\p{N}_$][\p{L}\p{N}_$ :/-]{0,199}$/u;

const isOtherTrait = (operand: unknown): operand is { trait: string } =>
  typeof operand === 'object' && operand !== null && 'trait' in operand;

function operatorOf(node: object, operators: readonly Operator[]): { operator: Operator; operand: unknown } {
  const values = node as Partial<Record<Operator, unknown>>;
  const operator = operators.find((name) => values[name] !== undefined);
  if (operator === undefined) throw new Error('a condition without an operator passed the schema');
  return { operator, operand: values[operator] };
}

const COMPARISON_OF: Partial<Record<Operator, TraitComparison['comparison']>> = {
  is: 'equal',
  is_not: 'different',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
  before: 'lt',
  after: 'gt',
};

function compareTraits(trait: Trait, operator: Operator, other: Trait): TraitComparison {
  const [kind, otherKind] = [trait.column.value.kind, other.column.value.kind];
  if (kind !== otherKind) throw new OperatorProblem(`${trait.name} is a ${kind} and ${other.name} a ${otherKind}: they cannot be compared`);
  const comparison = COMPARISON_OF[operator];
  if (comparison === undefined || kind === 'list' || !OPERATORS_OF[kind].includes(operator))
    throw new OperatorProblem(`${operator} does not compare two traits that are ${kind}s`);
  return { is: 'trait', comparison, other };
}
