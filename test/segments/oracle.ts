/**
 * The language of segments in plain TypeScript: what the compiled SQL must agree with. Reads definitions, not checked trees, and knows neither
 * SQL nor the compiler's calendar: a date comparison here asks for the local date of a moment.
 */
import type { Node, PropertyFilter, TraitNode } from '../../src/segments/definition.ts';
import type { Happening, Person } from './world.ts';

export interface OracleWorld {
  readonly happenings: ReadonlyMap<string, readonly Happening[]>;
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly asOf: string;
  readonly timezone: string;
}

type Value = string | number | boolean | null | readonly (string | number)[];
type Kind = 'text' | 'number' | 'boolean' | 'date' | 'time' | 'list';

const KINDS: Readonly<Record<Exclude<keyof Person, 'profile_id'>, Kind>> = {
  country_code: 'text',
  city: 'text',
  email: 'text',
  nickname: 'text',
  consent_email: 'boolean',
  first_seen_at: 'time',
  last_order_at: 'time',
  birthday_on: 'date',
  order_count: 'number',
  lifetime_value: 'number',
  score: 'number',
  tags: 'list',
  sizes: 'list',
};

export function matches(node: Node, person: Person, world: OracleWorld): boolean {
  if ('all' in node) return node.all.every((child) => matches(child, person, world));
  if ('any' in node) return node.any.some((child) => matches(child, person, world));
  if ('not' in node) return !matches(node.not, person, world);
  if ('segment' in node) return world.members.get(node.segment)?.has(person.profile_id) ?? false;
  if ('trait' in node) return traitMatches(node, person, world);
  const { min, max } = countRange(node.count ?? { gte: 1 });
  const names = [node.event].flat();
  const happened = (world.happenings.get(person.profile_id) ?? []).filter(
    (event) =>
      names.includes(event.event_name) &&
      Date.parse(event.occurred_at) <= Date.parse(world.asOf) &&
      isDuring(node.during, event.occurred_at, world) &&
      (node.where ?? []).every((filter) => propertyMatches(filter, event, world)),
  );
  return happened.length >= min && happened.length <= max;
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
  if (during.from !== undefined && !onOrAfter(at, during.from, world.timezone)) return false;
  if (during.to === undefined) return true;
  return during.to.includes('T') ? Date.parse(at) < Date.parse(during.to) : onOrBefore(at, during.to, world.timezone);
}

const UNIT: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const milliseconds = (length: string) => Number.parseInt(length, 10) * (UNIT[length.at(-1) ?? ''] ?? Number.NaN);

/** The calendar day that clocks in the zone show. */
function localDate(at: string, timezone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' }).format(Date.parse(at));
}

function onOrAfter(at: string, when: string, timezone: string): boolean {
  return when.includes('T') ? Date.parse(at) >= Date.parse(when) : localDate(at, timezone) >= when;
}

function onOrBefore(at: string, when: string, timezone: string): boolean {
  return when.includes('T') ? Date.parse(at) <= Date.parse(when) : localDate(at, timezone) <= when;
}

function traitMatches(node: TraitNode, person: Person, world: OracleWorld): boolean {
  const name = node.trait as keyof typeof KINDS;
  const kind = KINDS[name];
  const [operator, operand] = operatorOf(node, 'trait');
  const value = read(person[name] as Value, kind);
  if (typeof operand === 'object' && operand !== null && 'trait' in operand) {
    const otherName = (operand as { trait: keyof typeof KINDS }).trait;
    const other = read(person[otherName] as Value, KINDS[otherName]);
    if (value === null || other === null) return false;
    const order = compareValues(value, other);
    return (
      {
        is: order === 0,
        is_not: order !== 0,
        gt: order > 0,
        after: order > 0,
        gte: order >= 0,
        lt: order < 0,
        before: order < 0,
        lte: order <= 0,
      }[operator] ?? false
    );
  }
  return valueMatches(value, kind, operator, operand, world);
}

function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  return (a as number) < (b as number) ? -1 : 1;
}

/** No value: NULL, an empty text, an empty list. Decimals come as text, times are compared as numbers. */
function read(value: Value, kind: Kind): Value {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return null;
  if (kind === 'number') return Number(value);
  return value;
}

function propertyMatches(filter: PropertyFilter, event: Happening, world: OracleWorld): boolean {
  const [operator, operand] = operatorOf(filter, 'property');
  const raw = filter.property
    .split('.')
    .reduce<unknown>(
      (value, part) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined),
      event.properties,
    );
  const first = [operand].flat()[0];
  if (typeof first === 'number') {
    const number =
      typeof raw === 'boolean' ? Number(raw) : raw === undefined || raw === null || String(raw).trim() === '' ? Number.NaN : Number(raw);
    return valueMatches(Number.isNaN(number) ? null : number, 'number', operator, operand, world);
  }
  const text = raw === undefined || raw === null ? null : String(raw);
  const isTime = ['within', 'before', 'after', 'gt', 'gte', 'lt', 'lte', 'between'].includes(operator);
  if (isTime) return valueMatches(text === null || Number.isNaN(Date.parse(text)) ? null : text, 'time', operator, operand, world);
  return valueMatches(text === '' ? null : text, 'text', operator, typeof operand === 'boolean' ? String(operand) : operand, world);
}

function operatorOf(node: object, besides: string): [string, unknown] {
  return Object.entries(node).find(([key, value]) => key !== besides && value !== undefined) ?? ['', undefined];
}

function valueMatches(value: Value, kind: Kind, operator: string, operand: unknown, world: OracleWorld): boolean {
  if (operator === 'exists') return value !== null;
  if (operator === 'missing') return value === null;
  if (operator === 'has_none') return !((value ?? []) as readonly unknown[]).some((item) => (operand as unknown[]).includes(item));
  if (value === null) return false;
  if (kind === 'time' || kind === 'date') return dateMatches(value as string, kind, operator, operand, world);
  const operands = [operand].flat();
  const lower = String(value).toLowerCase();
  switch (operator) {
    case 'is':
    case 'in':
      return operands.includes(value);
    case 'is_not':
    case 'not_in':
      return !operands.includes(value);
    case 'contains':
      return lower.includes(String(operand).toLowerCase());
    case 'starts_with':
      return lower.startsWith(String(operand).toLowerCase());
    case 'ends_with':
      return lower.endsWith(String(operand).toLowerCase());
    case 'matches':
      return new RegExp(String(operand), 'su').test(String(value));
    case 'gt':
      return Number(value) > Number(operand);
    case 'gte':
      return Number(value) >= Number(operand);
    case 'lt':
      return Number(value) < Number(operand);
    case 'lte':
      return Number(value) <= Number(operand);
    case 'between':
      return Number(value) >= Number(operands[0]) && Number(value) <= Number(operands[1]);
    case 'has_any':
      return (value as readonly unknown[]).some((item) => operands.includes(item));
    case 'has_all':
      return operands.every((item) => (value as readonly unknown[]).includes(item as never));
    default:
      throw new Error(`the oracle does not know ${operator}`);
  }
}

function dateMatches(value: string, kind: 'date' | 'time', operator: string, operand: unknown, world: OracleWorld): boolean {
  if (operator === 'within') return isWithin(value, kind, operand as { last?: string; next?: string }, world);
  const { timezone } = world;
  const atLeast = (when: string) => (kind === 'date' ? value >= when : onOrAfter(value, when, timezone));
  const atMost = (when: string) => (kind === 'date' ? value <= when : onOrBefore(value, when, timezone));
  const [first = '', second = ''] = [operand].flat() as string[];
  switch (operator) {
    case 'is':
      return atLeast(first) && atMost(first);
    case 'is_not':
      return !(atLeast(first) && atMost(first));
    case 'gt':
    case 'after':
      return !atMost(first);
    case 'gte':
      return atLeast(first);
    case 'lt':
    case 'before':
      return !atLeast(first);
    case 'lte':
      return atMost(first);
    case 'between':
      return atLeast(first) && atMost(second);
    default:
      throw new Error(`the oracle does not know ${operator} of a date`);
  }
}

function isWithin(value: string, kind: 'date' | 'time', { last, next }: { last?: string; next?: string }, world: OracleWorld): boolean {
  if (kind === 'time') {
    const ahead = Date.parse(value) - Date.parse(world.asOf);
    return last === undefined ? ahead > 0 && ahead <= milliseconds(next ?? '') : ahead <= 0 && ahead > -milliseconds(last);
  }
  const days = (Date.parse(value) - Date.parse(localDate(world.asOf, world.timezone))) / 86_400_000;
  return last === undefined
    ? days > 0 && days <= milliseconds(next ?? '') / 86_400_000
    : days <= 0 && days > -milliseconds(last) / 86_400_000;
}
