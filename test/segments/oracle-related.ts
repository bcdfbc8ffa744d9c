/**
 * Related rows in plain TypeScript: walks from row to row, as the words say it, and knows neither SQL nor the catalogue. A row is met once,
 * however many ways lead to it; rows of one key are one row, with the greatest value of each column.
 */
import type { Node } from '../../src/segments/definition.ts';
import type { RelatedFilter, RelatedNode } from '../../src/segments/language/related.ts';
import { countRange, isDuring, type Kind, matches, type OracleWorld, type Value, valueMatches } from './oracle.ts';
import { firstMomentOf } from './oracle-dates.ts';
import { compareTo, scaled } from './oracle-numbers.ts';
import { otherHolds, otherOf } from './oracle-related-measures.ts';
import { isInWindow } from './oracle-windows.ts';
import type { RelatedRows, RelatedTable, Row } from './related-world.ts';
import type { Person } from './world.ts';

export interface RelatedWorld extends OracleWorld {
  readonly people: readonly Person[];
  readonly rows: RelatedRows;
}

type Place = RelatedTable | 'people';
interface Step {
  readonly to: Place;
  readonly from: string;
  readonly on: string;
  /** Tells many rows apart; one row has none. */
  readonly key?: string;
}

const STEPS: Readonly<Record<Place, Readonly<Record<string, Step>>>> = {
  people: {
    orders: { to: 'orders', from: 'profile_id', on: 'profile_id', key: 'order_id' },
    accounts: { to: 'account_members', from: 'profile_id', on: 'profile_id', key: 'account_id' },
  },
  accounts: {
    members: { to: 'account_members', from: 'account_id', on: 'account_id', key: 'profile_id' },
    region: { to: 'regions', from: 'region_id', on: 'region_id' },
  },
  account_members: {
    person: { to: 'people', from: 'profile_id', on: 'profile_id' },
    account: { to: 'accounts', from: 'account_id', on: 'account_id' },
  },
  orders: {
    lines: { to: 'order_lines', from: 'order_id', on: 'order_id', key: 'line_id' },
    store: { to: 'stores', from: 'store_id', on: 'store_id' },
    person: { to: 'people', from: 'profile_id', on: 'profile_id' },
  },
  order_lines: {
    order: { to: 'orders', from: 'order_id', on: 'order_id' },
    product: { to: 'products', from: 'product_id', on: 'product_id' },
  },
  products: { lines: { to: 'order_lines', from: 'product_id', on: 'product_id', key: 'line_id' } },
  stores: {
    orders: { to: 'orders', from: 'store_id', on: 'store_id', key: 'order_id' },
    region: { to: 'regions', from: 'region_id', on: 'region_id' },
  },
  regions: {
    stores: { to: 'stores', from: 'region_id', on: 'region_id', key: 'store_id' },
    accounts: { to: 'accounts', from: 'region_id', on: 'region_id', key: 'account_id' },
  },
};

const KINDS: Readonly<Record<string, Kind>> = {
  store_id: 'integer',
  product_id: 'integer',
  ordered_at: 'time',
  opened_at: 'time',
  since: 'time',
  first_seen_at: 'time',
  shipped_on: 'date',
  amount: 'decimal',
  fee: 'decimal',
  price: 'decimal',
  revenue: 'decimal',
  points: 'integer',
  quantity: 'integer',
  size: 'integer',
  weight: 'float',
  is_gift: 'boolean',
  tags: 'texts',
  badges: 'texts',
};

interface Met {
  readonly id: string;
  readonly place: Place;
  readonly row: Row;
}

/** Whether the account's condition holds. */
export function accountMatches(node: Node, account: Row, world: RelatedWorld): boolean {
  if ('all' in node) return node.all.every((child) => accountMatches(child, account, world));
  if ('any' in node) return node.any.some((child) => accountMatches(child, account, world));
  if ('not' in node) return !accountMatches(node.not, account, world);
  if ('related' in node) return relatedMatches(node, { id: '', place: 'accounts', row: account }, world);
  if (!('trait' in node)) throw new Error('an account has traits and related rows');
  return holdsOf(account[node.trait], node.trait, node, world);
}

export function personMatches(node: Node, person: Person, world: RelatedWorld): boolean {
  if ('all' in node) return node.all.every((child) => personMatches(child, person, world));
  if ('any' in node) return node.any.some((child) => personMatches(child, person, world));
  if ('not' in node) return !personMatches(node.not, person, world);
  if ('related' in node) return relatedMatches(node, { id: '', place: 'people', row: person as unknown as Row }, world);
  return matches(node, person, world);
}

function relatedMatches(node: RelatedNode<Node>, start: Met, world: RelatedWorld): boolean {
  let met: Met[] = [start];
  for (const name of node.related.split('.')) {
    const next = new Map(met.flatMap((one) => follow(one, name, world)).map((one) => [one.id, one]));
    met = [...next.values()];
  }
  const asked = met.filter(
    (one) =>
      (node.that === undefined || entityMatches(node.that, one, world)) &&
      (node.where ?? []).every((filter) => filterMatches(filter, one, world)),
  );
  const other = otherOf(node);
  const rowsIn = (during: RelatedNode<Node>['during']) => asked.filter((one) => happened({ ...node, during }, one, start, world));
  const rows = rowsIn(node.during);
  const edge = node.first ?? node.last;
  if (edge) {
    const moments = rows.map((one) => Date.parse(momentOf(node, one, world) ?? ''));
    const moment = node.first ? Math.min(...moments) : Math.max(...moments);
    return rows.some((one, index) => moments[index] === moment && edge.where.every((filter) => filterMatches(filter, one, world)));
  }
  if (other) {
    const sized = (all: readonly Met[]) => ({
      rows: all.length,
      values:
        other.is === 'count' ? [] : (all.flatMap((one) => read(columnOf(one, other.column, world).value) ?? []) as (string | number)[]),
    });
    const isFloat = KINDS[other.column.split('.').at(-1) ?? ''] === 'float';
    return otherHolds(other, sized(rows), sized(rowsIn(other.during as RelatedNode<Node>['during'])), isFloat);
  }
  if (node.every) return rows.length > 0 && rows.every((one) => (node.every ?? []).every((filter) => filterMatches(filter, one, world)));
  return measured(node, rows, world);
}

function follow({ place, row }: Met, name: string, { rows, people }: RelatedWorld): Met[] {
  const step = STEPS[place][name];
  if (!step) throw new Error(`the oracle does not know ${name} of ${place}`);
  const value = row[step.from] ?? null;
  if (value === null) return [];
  const table = step.to === 'people' ? (people as unknown as readonly Row[]) : rows[step.to];
  const { to, on, key } = step;
  const found = table.map((other, index) => ({ other, index })).filter(({ other }) => other[on] === value);
  const apart = Map.groupBy(found, ({ other, index }) => {
    if (key === undefined) return '';
    const own = other[key] ?? null;
    return own === null ? `row ${index}` : `key ${String(own)}`;
  });
  return [...apart].map(([which, alike]) => ({
    id: `${to} ${String(value)} ${which}`,
    place: to,
    row: greatest(alike.map(({ other }) => other)),
  }));
}

function greatest(rows: readonly Row[]): Row {
  const [first = {}] = rows;
  if (rows.length === 1) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const values = rows.map((row) => row[name] ?? null).filter((value) => value !== null);
      return [name, values.length === 0 ? null : values.reduce((a, b) => (order(a, b, name) < 0 ? b : a))];
    }),
  );
}

function order(a: Row[string], b: Row[string], name: string): number {
  const kind = KINDS[name];
  if (kind === 'integer' || kind === 'decimal' || kind === 'float') return compareTo({ text: String(a), isWhole: false }, String(b));
  // Lists of texts none of which begins another, and nothing before everything.
  const [one, other] = [a, b].map((value) => (Array.isArray(value) ? value.join() : value)) as [string, string];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What stands at the end of a path of dots: undefined where a relation leads to no row. */
function reach(one: Met, names: readonly string[], world: RelatedWorld): Met | undefined {
  return names.reduce<Met | undefined>((at, name) => (at === undefined ? undefined : follow(at, name, world)[0]), one);
}

function columnOf(one: Met, path: string, world: RelatedWorld): { name: string; value: Row[string] } {
  const names = path.split('.');
  const name = names.at(-1) ?? '';
  return { name, value: reach(one, names.slice(0, -1), world)?.row[name] ?? null };
}

function filterMatches(filter: RelatedFilter<Node>, one: Met, world: RelatedWorld): boolean {
  if (filter.that !== undefined) {
    const end = reach(one, filter.column?.split('.') ?? [], world);
    return end !== undefined && entityMatches(filter.that, end, world);
  }
  const { name, value } = columnOf(one, filter.column ?? '', world);
  return holdsOf(value, name, filter, world);
}

function entityMatches(node: Node, { place, row }: Met, world: RelatedWorld): boolean {
  if (place === 'people') return personMatches(node, row as unknown as Person, world);
  return accountMatches(node, row, world);
}

function holdsOf(value: Row[string] | undefined, name: string, condition: object, world: RelatedWorld): boolean {
  const [operator, operand] = Object.entries(condition).find(
    ([key, given]) => !['column', 'trait', 'that'].includes(key) && given !== undefined,
  ) ?? ['', undefined];
  return valueMatches(read(value), KINDS[name] ?? 'text', operator === 'eq' ? 'is' : operator, operand, world);
}

const read = (value: Row[string] | undefined): Value =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) ? null : (value as Value);

/** When the row happened; undefined where its time has no value. */
function momentOf({ at, related }: RelatedNode<Node>, one: Met, world: RelatedWorld): string | undefined {
  const column = at ?? (one.place === 'account_members' ? 'since' : one.place === 'stores' ? 'opened_at' : '');
  if (column === '') throw new Error(`no time of ${related}`);
  const { name, value } = columnOf(one, column, world);
  if (value === null) return undefined;
  return KINDS[name] === 'date' ? firstMomentOf(String(value), world.timezone) : String(value);
}

function happened(node: RelatedNode<Node>, one: Met, start: Met, world: RelatedWorld): boolean {
  const { during, at } = node;
  if (during === undefined && at === undefined && !node.first && !node.last && !otherOf(node)) return true;
  const moment = momentOf(node, one, world);
  if (moment === undefined || Date.parse(moment) > Date.parse(world.asOf)) return false;
  return during?.since || during?.until
    ? isDuring(during, moment, start.row as unknown as Person, world)
    : during === undefined || isInWindow({ moment }, during, world);
}

function measured(node: RelatedNode<Node>, rows: readonly Met[], world: RelatedWorld): boolean {
  const values = (path: string) => rows.flatMap((one) => read(columnOf(one, path, world).value) ?? []) as (string | number | boolean)[];
  const nameOf = (path: string) => path.split('.').at(-1) ?? '';
  const isIn = (count: object, number: number) => {
    const { min, max } = countRange(withoutColumn(count));
    return number >= min && number <= max;
  };
  if (node.distinct) return isIn(node.distinct, new Set(values(node.distinct.column).map(sameText)).size);
  if (node.repeats) {
    const occurrences = Map.groupBy(values(node.repeats.column), sameText);
    return [...occurrences.values()].some(({ length }) => isIn(node.repeats ?? {}, length));
  }
  for (const is of ['sum', 'avg', 'min', 'max'] as const) {
    const asked = node[is];
    if (!asked) continue;
    const name = nameOf(asked.column);
    const own = values(asked.column);
    if (own.length === 0) return false;
    if (is === 'min' || is === 'max') {
      const extreme = own.reduce((a, b) => (order(a, b, name) < 0 === (is === 'min') ? a : b));
      return holdsOf(extreme, name, asked, world);
    }
    if (KINDS[name] === 'float') {
      const sum = own.reduce<number>((total, value) => total + Number(value), 0);
      return valueMatches(is === 'sum' ? sum : sum / own.length, 'float', ...operation(asked), world);
    }
    const sum = own.reduce((total, value) => total + (scaled(String(value)) ?? 0n), 0n);
    return exactly(sum, is === 'sum' ? 1n : BigInt(own.length), ...operation(asked));
  }
  return isIn(node.count ?? { gte: 1 }, rows.length);
}

/** `sum` compared with so many times the operands. */
function exactly(sum: bigint, times: bigint, operator: string, operand: unknown): boolean {
  const [first = 0n, second = 0n] = [operand].flat().map((value) => (scaled(String(value)) ?? 0n) * times);
  switch (operator) {
    case 'is':
      return sum === first;
    case 'gt':
      return sum > first;
    case 'gte':
      return sum >= first;
    case 'lt':
      return sum < first;
    case 'lte':
      return sum <= first;
    default:
      return sum >= first && sum <= second;
  }
}

function operation(asked: object): [string, unknown] {
  const [operator = '', operand] = Object.entries(withoutColumn(asked)).find(([, value]) => value !== undefined) ?? [];
  return [operator === 'eq' ? 'is' : operator, operand];
}

const withoutColumn = (asked: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(asked).filter(([key]) => key !== 'column'));

/** Numbers are equal however they are written. */
const sameText = (value: string | number | boolean) =>
  typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(String(value)) ? String(Number(value)) : String(value);
