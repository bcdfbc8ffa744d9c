/** Conditions on the values within a column: in lists, maps and tuples, at any depth. Pure. */
import { quoteText } from '../sql/sql-text.ts';

/** A condition on one plain value, or undefined when its type needs none. Types come without Nullable and LowCardinality. */
export type ValueCondition = (value: string, type: string) => string | undefined;

/**
 * An expression that is true when `when` holds for any value within `column`, or undefined when the type has no such values. Never null.
 * For JSON and Dynamic it is undefined: looking into them would mean reading each value's type.
 */
export function anyWithin(column: string, type: string, when: ValueCondition, depth = 0): string | undefined {
  const { name, inner } = partsOf(type);
  const first = inner[0] ?? '';
  switch (name) {
    case 'Nullable':
    case 'LowCardinality':
      return anyWithin(column, first, when, depth);
    case 'SimpleAggregateFunction':
      return anyWithin(column, inner[1] ?? '', when, depth);
    case 'Array':
      return anyOf(column, first, when, depth);
    case 'Map':
      return either([anyOf(`mapKeys(${column})`, first, when, depth), anyOf(`mapValues(${column})`, inner[1] ?? '', when, depth)]);
    case 'Nested':
      return anyOf(column, `Tuple(${inner.join(', ')})`, when, depth);
    case 'Tuple':
      return either(inner.map((element, index) => anyWithin(`tupleElement(${column}, ${index + 1})`, unnamed(element), when, depth)));
    case 'Variant':
      return either(inner.map((element) => anyWithin(`variantElement(${column}, ${quoteText(element)})`, element, when, depth)));
    default: {
      const shape = shapes[name];
      if (shape !== undefined) return anyWithin(column, shape, when, depth);
      const condition = when(column, type);
      return condition && `(${column} is not null and ${condition})`;
    }
  }
}

/** Types that are aliases of composed types: https://clickhouse.com/docs/sql-reference/data-types/geo (2026-11). */
const shapes: Readonly<Record<string, string>> = {
  Point: 'Tuple(Float64, Float64)',
  Ring: 'Array(Point)',
  LineString: 'Array(Point)',
  MultiLineString: 'Array(LineString)',
  Polygon: 'Array(Ring)',
  MultiPolygon: 'Array(Polygon)',
};

function anyOf(list: string, type: string, when: ValueCondition, depth: number): string | undefined {
  const element = `x${depth}`;
  const condition = anyWithin(element, type, when, depth + 1);
  return condition && `arrayExists(${element} -> ${condition}, ${list})`;
}

function either(conditions: readonly (string | undefined)[]): string | undefined {
  const found = conditions.filter((condition) => condition !== undefined);
  return found.length === 0 ? undefined : `(${found.join(' or ')})`;
}

/** `` `a b` Float64 `` and `a Float64` → `Float64` */
const unnamed = (element: string): string => element.replace(/^(?:`(?:[^`\\]|\\.)*`|\w+) (?=\S)/, '');

/** `Map(String, Array(Float64))` → Map, [String, Array(Float64)]. Names of an Enum may hold anything, within quotes. */
function partsOf(type: string): { name: string; inner: string[] } {
  const [, name = type, inside] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  const inner: string[] = [];
  let part = '';
  let depth = 0;
  for (const token of inside?.match(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[^'`]/gs) ?? []) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 0) {
      inner.push(part.trim());
      part = '';
    } else part += token;
  }
  return { name, inner: part === '' ? inner : [...inner, part.trim()] };
}
