/** Random sequences over the random events: few names and few lengths, so that steps, gaps and ties meet. */
import fc from 'fast-check';
import { APP_EVENTS, EVENTS, from } from './pools.ts';
import { RETURNED } from './world.ts';

const GAPS = ['1min', '59min', '1h', '3h', '23h', '1d', '2d', '4w', '365d'];
/** Distances of the moments in the pool, exactly. */
const lengths = from(GAPS);
const inOrder = fc.tuple(fc.nat(GAPS.length - 1), fc.nat(GAPS.length - 1)).map(([a, b]) => ({ after: GAPS[Math.min(a, b)], within: GAPS[Math.max(a, b)] }));
const gaps = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: lengths.map((within) => ({ within })) },
  { weight: 1, arbitrary: lengths.map((after) => ({ after })) },
  { weight: 1, arbitrary: inOrder },
);
const only = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: from([{ first: true }, { last: true }]) },
);
/** Mostly one name, which steps then share. */
const namesOf = (names: readonly string[]) =>
  fc.oneof({ weight: 4, arbitrary: from(names) }, { weight: 1, arbitrary: fc.uniqueArray(from(names), { minLength: 1, maxLength: 3 }) });

/** `filters`: of events with JSON; `shared`: of properties that every stream has. */
export function sequences(
  filters: fc.Arbitrary<object>,
  shared: fc.Arbitrary<object>,
  during: fc.Arbitrary<object>,
  times: fc.Arbitrary<object>,
): fc.Arbitrary<object> {
  return fc.oneof(
    { weight: 3, arbitrary: over([...EVENTS.slice(0, 2), 'App Opened'], filters, ['revenue', 'category', 'step', 'item.sku'], during, times) },
    { weight: 2, arbitrary: over([...APP_EVENTS.slice(0, 1), RETURNED], shared, ['revenue', 'reason', 'is_damaged', 'items', 'due_on'], during, times) },
  );
}

function over(
  names: readonly string[],
  filters: fc.Arbitrary<object>,
  properties: readonly string[],
  during: fc.Arbitrary<object>,
  times: fc.Arbitrary<object>,
): fc.Arbitrary<object> {
  const event = namesOf(names);
  const where = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(filters, { minLength: 1, maxLength: 2 }).map((list) => ({ where: list })) },
  );
  const named = fc.tuple(event, where).map(([name, rest]) => ({ event: name, ...rest }));
  const without = fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(named, { minLength: 1, maxLength: 2 }).map((list) => ({ without: list })) },
  );
  const first = fc.tuple(named, only).map(merged);
  const later = fc.tuple(named, only, gaps, without).map(merged);
  const none = fc.tuple(event, where, fc.option(lengths, { nil: undefined })).map(([name, rest, within]) => ({ none: name, ...rest, ...(within ? { within } : {}) }));
  const steps = (minLength: number) => fc.tuple(first, fc.array(later, { minLength, maxLength: 3 })).map(([one, others]) => [one, ...others]);
  const ends = fc.tuple(steps(0), none).map(([list, last]) => [...list, last]);
  const rest = fc.record({ during, times, same: fc.uniqueArray(from(properties), { minLength: 1, maxLength: 2 }) }, { requiredKeys: [] });
  const two = fc.tuple(first, later, fc.option(none, { nil: undefined })).map(([a, b, last]) => (last ? [a, b, last] : [a, b]));
  const differing = fc
    .tuple(two, from(properties), fc.record({ during, times }, { requiredKeys: [] }))
    .map(([sequence, property, others]) => ({ sequence, different: [property], ...others }));
  const any = fc.tuple(fc.oneof(steps(1), ends), rest).map(([sequence, others]) => ({ sequence, ...others }));
  return fc.oneof({ weight: 4, arbitrary: any }, { weight: 1, arbitrary: differing });
}

const merged = (parts: readonly object[]): object => Object.assign({}, ...parts);
