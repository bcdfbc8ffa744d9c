/** Takes wrappers off a ClickHouse column type and puts them on. Pure. */

/** `unwrap('Nullable(UInt8)', 'Nullable')` is `UInt8`; a type that is not wrapped so comes back as it is. */
export function unwrap(type: string, wrapper: string): string {
  return type.startsWith(`${wrapper}(`) && type.endsWith(')') ? type.slice(wrapper.length + 1, -1).trim() : type;
}

/** The type without `Nullable(…)` and `LowCardinality(…)`. */
export const innerType = (type: string): string => unwrap(unwrap(type.trim(), 'LowCardinality'), 'Nullable');

export const isNullable = (type: string): boolean => /^(LowCardinality\()?Nullable\(/.test(type);

/** Nested types, for which ClickHouse has no NULL. Shapes on a map are lists of points. */
export const isNested = (type: string): boolean =>
  /^(Array|Map|Tuple|Nested|JSON|Object|Dynamic|Variant|Ring|(Multi)?(Polygon|LineString)|Geometry)\b/.test(innerType(type));

/** States of aggregations: the type of what they hold says whether that may be NULL. */
const isAggregate = (type: string) => /^(Simple)?AggregateFunction\(/.test(type);

/** The type made nullable. A nested type and an aggregation cannot be: they stay, and an unknown value is an empty one. */
export function nullable(type: string): string {
  if (isNullable(type) || isNested(type) || isAggregate(type)) return type;
  const inner = unwrap(type, 'LowCardinality');
  return inner === type ? `Nullable(${type})` : `LowCardinality(Nullable(${inner}))`;
}
