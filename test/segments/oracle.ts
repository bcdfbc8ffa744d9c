/**
 * The language of segments in plain TypeScript: what the compiled SQL must agree with. Reads definitions, not checked trees, and knows neither
 * SQL nor the compiler's calendar: a date comparison here asks for the local date of a moment.
 */
import type { Node } from '../../src/segments/definition.ts';
import type { PropertyFilter } from '../../src/segments/language/operators.ts';
import type { TraitNode } from '../../src/segments/language/trait.ts';
import { dateMatches, firstMomentOf, isFrom, isUntil, milliseconds } from './oracle-dates.ts';
import { propertyMatches } from './oracle-json.ts';
import { compareQuantities, compareTo, type Quantity } from './oracle-numbers.ts';
import { sqlHolds } from './oracle-sql.ts';
import { type Happening, type Loyalty, type Person, RETURNED, type Return, TRAIT_NAMES } from './world.ts';

export interface OracleWorld {
  /** Of every stream that names its events. */
  readonly happenings: ReadonlyMap<string, readonly Happening[]>;
  readonly returns: ReadonlyMap<string, readonly Return[]>;
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly asOf: string;
  readonly timezone: string;
}

type Value = string | number | boolean | null | readonly (string | number | boolean)[];
type Kind =
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
  const { min, max } = countRange(node.count ?? { gte: 1 });
  const names = [node.event].flat();
  const isInTime = (at: string) => Date.parse(at) <= Date.parse(world.asOf) && isDuring(node.during, at, world);
  const happened = (world.happenings.get(person.profile_id) ?? []).filter(
    (event) =>
      event.event_name !== RETURNED &&
      names.includes(event.event_name) &&
      isInTime(event.occurred_at) &&
      (node.where ?? []).every((filter) => propertyMatches(filter, event.properties, world)),
  );
  const returned = (names.includes(RETURNED) ? (world.returns.get(person.profile_id) ?? []) : []).filter(
    (one) =>
      one.returned_on !== null &&
      isInTime(firstMomentOf(one.returned_on, world.timezone)) &&
      (node.where ?? []).every((filter) => columnMatches(filter, one, world)),
  );
  const times = happened.length + returned.length;
  return times >= min && times <= max;
}

function columnMatches(filter: PropertyFilter, row: Return, world: OracleWorld): boolean {
  const [operator, operand] = operationOf(filter, 'property');
  const value = read(row[filter.property as keyof Return]);
  return valueMatches(value, PROPERTY_KINDS[filter.property] ?? 'text', operator, operand, world);
}

function countRange(count: Record<string, unknown>): { min: number; max: number } {
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

function isDuring(
  during:
    | { last?: string | undefined; between?: readonly string[] | undefined; from?: string | undefined; to?: string | undefined }
    | undefined,
  at: string,
  world: OracleWorld,
): boolean {
  if (during === undefined) return true;
  const age = Date.parse(world.asOf) - Date.parse(at);
  if (during.last !== undefined) return age >= 0 && age < milliseconds(during.last);
  if (during.between !== undefined) return age >= milliseconds(during.between[0] ?? '') && age < milliseconds(during.between[1] ?? '');
  const moment = { moment: at };
  if (during.from !== undefined && !isFrom(moment, during.from, world.timezone)) return false;
  if (during.to === undefined) return true;
  return during.to.includes('T') ? Date.parse(at) < Date.parse(during.to) : isUntil(moment, during.to, world.timezone);
}

function traitMatches(node: TraitNode, person: Person, world: OracleWorld): boolean {
  const name = node.trait as Asked;
  const kind = KINDS[name];
  const [operator, operand] = operationOf(node, 'trait');
  const value = traitOf(person, name);
  if (typeof operand === 'object' && operand !== null && 'trait' in operand) {
    const otherName = (operand as { trait: Asked }).trait;
    const other = traitOf(person, otherName);
    return value !== null && other !== null && holds(operator, compareTraits(value, kind, other, KINDS[otherName]));
  }
  return valueMatches(value, kind, operator, operand, world);
}

const operationOf = (condition: object, name: string): [string, unknown] =>
  Object.entries(condition).find(([key, value]) => key !== name && value !== undefined) ?? ['', undefined];

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

function valueMatches(value: Value, kind: Kind, operator: string, operand: unknown, world: OracleWorld): boolean {
  if (operator === 'exists') return value !== null;
  if (operator === 'missing') return value === null;
  const operands = [operand].flat() as (string | number | boolean)[];
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
