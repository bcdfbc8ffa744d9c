/**
 * The language of segments in plain TypeScript: what the compiled SQL must agree with. Reads definitions, not checked trees, and knows neither
 * SQL nor the compiler's calendar: a date comparison here asks for the local date of a moment.
 */
import type { Node } from '../../src/segments/definition.ts';
import type { EventNode } from '../../src/segments/language/event.ts';
import type { EventFilter } from '../../src/segments/language/filter.ts';
import type { TraitNode } from '../../src/segments/language/trait.ts';
import type { During } from '../../src/segments/language/window.ts';
import { firstMomentOf, localDate } from './oracle-dates.ts';
import { eventMatches, type Occurrence } from './oracle-events.ts';
import { amountAt, propertyMatches, textAt } from './oracle-json.ts';
import { compareQuantities, compareTo, type Quantity } from './oracle-numbers.ts';
import { occurrencesOf, sequenceMatches } from './oracle-sequence.ts';
import { sqlHolds } from './oracle-sql.ts';
import { type Calculation, compareCalculated, isAmong, type Rank, sizeMatches } from './oracle-traits.ts';
import { dateMatches, isInWindow } from './oracle-windows.ts';
import { isInSet } from './set-world.ts';
import { type Happening, type Loyalty, type Person, RETURNED, type Return, TRAIT_NAMES } from './world.ts';

export interface OracleWorld {
  readonly people: readonly Person[];
  /** Of every stream that names its events. */
  readonly happenings: ReadonlyMap<string, readonly Happening[]>;
  readonly returns: ReadonlyMap<string, readonly Return[]>;
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly asOf: string;
  readonly timezone: string;
}

export type Value = string | number | boolean | null | readonly (string | number | boolean)[];
export type Kind =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'single'
  | 'boolean'
  | 'date'
  | 'time'
  | 'texts'
  | 'booleans'
  | 'integers'
  | 'decimals';

type Asked = Exclude<keyof Person, 'profile_id' | 'lacks_traits' | 'loyalty'> | keyof Loyalty;

const KINDS: Readonly<Record<Asked, Kind>> = {
  country_code: 'text',
  city: 'text',
  email: 'text',
  nickname: 'text',
  consent_email: 'boolean',
  is_member: 'boolean',
  first_seen_at: 'time',
  last_order_at: 'time',
  birthday_on: 'date',
  order_count: 'integer',
  ledger_id: 'integer',
  wide_id: 'integer',
  lifetime_value: 'decimal',
  fee: 'decimal',
  score: 'float',
  ratio: 'single',
  tags: 'texts',
  flags: 'booleans',
  sizes: 'integers',
  ledgers: 'integers',
  amounts: 'decimals',
  points: 'integer',
  tier: 'text',
  badges: 'texts',
  joined_on: 'date',
};

const PROPERTY_KINDS: Readonly<Record<string, Kind>> = {
  revenue: 'decimal',
  reason: 'text',
  is_damaged: 'boolean',
  items: 'integer',
  due_on: 'date',
};

export function matches(node: Node, person: Person, world: OracleWorld): boolean {
  if ('all' in node) return node.all.every((child) => matches(child, person, world));
  if ('any' in node) return node.any.some((child) => matches(child, person, world));
  if ('not' in node) return !matches(node.not, person, world);
  if ('segment' in node) return world.members.get(node.segment)?.has(person.profile_id) ?? false;
  if ('trait' in node) return traitMatches(node, person, world);
  if ('sql' in node) return sqlHolds(node.sql, person);
  if ('list' in node || 'audience' in node) return isInSet(node, person);
  if ('sequence' in node) {
    const isStep = (at: string) => isDuring(node.during, at, person, world);
    const rows = [world.happenings.get(person.profile_id) ?? [], world.returns.get(person.profile_id) ?? []] as const;
    const steps = occurrencesOf(
      ...rows,
      {
        happeningMatches: (filter, happening) => happeningMatches(filter, happening, world),
        returnMatches: (filter, row) => columnMatches(filter, row, world),
      },
      world,
    );
    return sequenceMatches(node, steps, isStep, countRange(node.times ?? { gte: 1 }), world);
  }
  if ('related' in node) throw new Error('this world has no related rows');
  const isDuringWindow = (at: string, during: EventNode['during']) => isDuring(during, at, person, world);
  const occurrences = [...happened(person, world), ...returned(person, world)];
  const until = occurrences.filter(({ at }) => Date.parse(at) <= Date.parse(world.asOf));
  return eventMatches(node, until, isDuringWindow, world);
}

function happeningMatches(filter: EventFilter, { properties, source = '' }: Happening, world: OracleWorld): boolean {
  if (filter.column === undefined) return propertyMatches(filter, properties, world);
  const [operator, operand] = operationOf(filter, 'column');
  return valueMatches(read(source), 'text', operator, operand, world);
}

/** Those that are named as the stream of returns are not counted: that stream has them all. */
function happened(person: Person, world: OracleWorld): Occurrence[] {
  return (world.happenings.get(person.profile_id) ?? []).flatMap((event) => {
    const { event_name: name, occurred_at: at, properties } = event;
    if (name === RETURNED) return [];
    const holds = (filter: EventFilter) => happeningMatches(filter, event, world);
    return { name, at, holds, amount: (path: string) => amountAt(path, properties), text: (path: string) => textAt(path, properties) };
  });
}

function returned(person: Person, world: OracleWorld): Occurrence[] {
  return (world.returns.get(person.profile_id) ?? []).flatMap((row) => {
    if (row.returned_on === null) return [];
    const cell = (name: string) => read(row[name as keyof Return]);
    return {
      name: RETURNED,
      at: firstMomentOf(row.returned_on, world.timezone),
      holds: (filter) => columnMatches(filter, row, world),
      amount: (name) => (cell(name) === null ? undefined : String(cell(name))),
      // A decimal is printed without zeros at its end.
      text: (name) => (cell(name) === null ? undefined : String(name === 'revenue' ? Number(cell(name)) : cell(name))),
    };
  });
}

function columnMatches(filter: EventFilter, row: Return, world: OracleWorld): boolean {
  const [operator, operand] = operationOf(filter, 'property');
  const name = filter.property ?? '';
  return valueMatches(read(row[name as keyof Return]), PROPERTY_KINDS[name] ?? 'text', operator, operand, world);
}

export function countRange(count: Record<string, unknown>): { min: number; max: number } {
  const [operator, value] = Object.entries(count).find(([, operand]) => operand !== undefined) ?? ['gte', 1];
  if (operator === 'between') {
    const [min, max] = value as [number, number];
    return { min, max };
  }
  const times = value as number;
  if (operator === 'eq') return { min: times, max: times };
  if (operator === 'gte') return { min: times, max: Infinity };
  if (operator === 'gt') return { min: times + 1, max: Infinity };
  return { min: 0, max: operator === 'lte' ? times : times - 1 };
}

/** Windows that begin or end with a trait are of this world's people. */
export function isDuring(during: During | undefined, at: string, person: Person, world: OracleWorld): boolean {
  if (during === undefined) return true;
  const { since, until } = during;
  if (since === undefined && until === undefined) return isInWindow({ moment: at }, during, world);
  return (
    (since === undefined || isSince(at, since.trait, person, world)) &&
    (until === undefined || isUntilTrait(at, until.trait, person, world))
  );
}

/** After a moment, or on that day or later. */
function isSince(at: string, trait: string, person: Person, { timezone }: OracleWorld): boolean {
  const value = traitOf(person, trait as Asked);
  if (value === null) return false;
  if (KINDS[trait as Asked] === 'date') return localDate(at, timezone) >= String(value);
  return Date.parse(at) > Date.parse(String(value));
}

function isUntilTrait(at: string, trait: string, person: Person, world: OracleWorld): boolean {
  const value = traitOf(person, trait as Asked);
  if (value === null) return false;
  if (KINDS[trait as Asked] === 'date') return localDate(at, world.timezone) <= String(value);
  return !isSince(at, trait, person, world);
}

function traitMatches(node: TraitNode, person: Person, world: OracleWorld): boolean {
  const name = node.trait as Asked;
  const kind = KINDS[name];
  const [operator, operand] = operationOf(node, 'trait');
  const value = traitOf(person, name);
  if (operator === 'top' || operator === 'bottom') return isRanked(person, name, operator, operand as Rank, world);
  if (isCalculation(operand)) {
    const quantityOf = (trait: string) => quantityIn(person, trait as Asked);
    const [own, calculation] = [quantityOf(name), operand as Calculation];
    const order = own && compareCalculated(own, calculation, quantityOf);
    return order !== undefined && holds(operator, order);
  }
  if (typeof operand === 'object' && operand !== null && 'trait' in operand) {
    const otherName = (operand as { trait: Asked }).trait;
    const other = traitOf(person, otherName);
    return value !== null && other !== null && holds(operator, compareTraits(value, kind, other, KINDS[otherName]));
  }
  return valueMatches(value, kind, operator, operand, world);
}

const operationOf = (condition: object, name: string): [string, unknown] =>
  Object.entries(condition).find(([key, value]) => key !== name && value !== undefined) ?? ['', undefined];

const isCalculation = (operand: unknown) =>
  typeof operand === 'object' && operand !== null && 'trait' in operand && Object.keys(operand).length > 1;

function quantityIn(person: Person, name: Asked): Quantity | undefined {
  const value = traitOf(person, name);
  return value === null ? undefined : quantity(value, KINDS[name]);
}

/** Among all people who have a value of the trait, and of the one that they are grouped by. */
function isRanked(person: Person, name: Asked, end: string, rank: Rank, world: OracleWorld): boolean {
  const groupOf = (one: Person) => (rank.per ? traitOf(one, rank.per.trait as Asked) : true);
  const [value, group] = [traitOf(person, name), groupOf(person)];
  if (value === null || group === null) return false;
  const others = world.people.filter((one) => groupOf(one) === group).map((one) => traitOf(one, name));
  const known = others.filter((other) => other !== null);
  return isAmong<Value>(value, known, end, rank, (a, b) => compareTraits(a, KINDS[name], b, KINDS[name]));
}

/** Without a row nothing is known; of several rows each column has its greatest value. */
export function traitOf(person: Person, name: Asked): Value {
  if (person.lacks_traits && TRAIT_NAMES.has(name)) return null;
  if (!['points', 'tier', 'badges', 'joined_on'].includes(name)) return read(person[name as keyof Person] as Value | undefined);
  const ranked = ['none', 'silver', 'gold'];
  const values = (person.loyalty ?? []).flatMap((row) => row[name as keyof Loyalty] ?? []) as Value[];
  if (name === 'badges') {
    // Texts without a comma, none of which begins another: lists sort as their parts one after the other do.
    const lists = (person.loyalty ?? []).map(({ badges }) => badges).sort((a, b) => (a.join() < b.join() ? -1 : 1));
    return read(lists.at(-1));
  }
  const order = (value: Value) => (name === 'tier' ? ranked.indexOf(String(value)) : (value as string | number));
  return read(values.sort((a, b) => (order(a) < order(b) ? -1 : 1)).at(-1));
}

export function valueMatches(value: Value, kind: Kind, operator: string, operand: unknown, world: OracleWorld): boolean {
  if (operator === 'exists') return value !== null;
  if (operator === 'missing') return value === null;
  const operands = [operand].flat() as (string | number | boolean)[];
  if (operator === 'size') return sizeMatches((value as readonly unknown[] | null)?.length ?? 0, operand as Record<string, unknown>);
  if (operator.startsWith('has_')) return listMatches((value ?? []) as readonly (string | number | boolean)[], kind, operator, operands);
  if (value === null) return false;
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'single':
      return numberMatches(quantity(value, kind), operator, operands.map(String));
    case 'date':
      return dateMatches({ day: String(value) }, operator, operand, world);
    case 'time':
      return dateMatches({ moment: String(value) }, operator, operand, world);
    default:
      return textMatches(value, operator, operands);
  }
}

/** No value: NULL, an empty text, an empty list. */
function read(value: Value | undefined): Value {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) ? null : value;
}

function quantity(value: Value, kind: Kind): Quantity {
  if (kind === 'float' || kind === 'single') {
    const float = Number(value);
    return { float: kind === 'single' ? Math.fround(float) : float, isSingle: kind === 'single' };
  }
  return { text: String(value), isWhole: kind.startsWith('integer') };
}

function compareTraits(value: Value, kind: Kind, other: Value, otherKind: Kind): number {
  const isNumber = ['integer', 'decimal', 'float', 'single'].includes(kind);
  if (isNumber) return compareQuantities(quantity(value, kind), quantity(other, otherKind));
  if (value === other) return 0;
  return (value as string) < (other as string) ? -1 : 1;
}

/** `order` as for sorting. */
function holds(operator: string, order: number): boolean {
  switch (operator) {
    case 'is':
      return order === 0;
    case 'is_not':
      return order !== 0;
    case 'gt':
    case 'after':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
    case 'before':
      return order < 0;
    case 'lte':
      return order <= 0;
    default:
      throw new Error(`the oracle does not know ${operator} of an order`);
  }
}

function numberMatches(value: Quantity, operator: string, operands: readonly string[]): boolean {
  const [first = '', second = ''] = operands;
  switch (operator) {
    case 'is':
    case 'in':
      return operands.some((operand) => compareTo(value, operand) === 0);
    case 'is_not':
    case 'not_in':
      return operands.every((operand) => compareTo(value, operand) !== 0);
    case 'between':
      return compareTo(value, first) >= 0 && compareTo(value, second) <= 0;
    default:
      return holds(operator, compareTo(value, first));
  }
}

function listMatches(
  items: readonly (string | number | boolean)[],
  kind: Kind,
  operator: string,
  operands: readonly (string | number | boolean)[],
): boolean {
  const isNumber = kind === 'integers' || kind === 'decimals';
  const has = (operand: string | number | boolean) =>
    items.some((item) => (isNumber ? compareTo(quantity(item, kind), String(operand)) === 0 : item === operand));
  if (operator === 'has_any') return operands.some(has);
  return operator === 'has_all' ? operands.every(has) : !operands.some(has);
}

function textMatches(value: Value, operator: string, operands: readonly (string | number | boolean)[]): boolean {
  const [first = ''] = operands;
  const [lower, wanted] = [String(value).toLowerCase(), String(first).toLowerCase()];
  switch (operator) {
    case 'is':
    case 'in':
      return operands.includes(value as string);
    case 'is_not':
    case 'not_in':
      return !operands.includes(value as string);
    case 'contains':
      return lower.includes(wanted);
    case 'starts_with':
      return lower.startsWith(wanted);
    case 'ends_with':
      return lower.endsWith(wanted);
    case 'matches':
      return new RegExp(String(first), 'su').test(String(value));
    default:
      throw new Error(`the oracle does not know ${operator}`);
  }
}
