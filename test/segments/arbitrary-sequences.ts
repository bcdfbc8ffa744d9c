/** Random sequences over the random events: few names and few lengths, so that steps, gaps and ties meet. */
import fc from 'fast-check';
import { APP_EVENTS, DATES, EVENTS, from, MOMENTS } from './pools.ts';
import { RETURNED, Written } from './world.ts';

/** Among them distances of moments in the pool, exactly. */
const SHORT = ['1min', '59min', '1h', '3h'];
const LONG = ['3h', '23h', '1d', '2d', '4w'];
const CALENDAR = ['1mo', '2mo', '1q', '1y'];
const lengths = fc.oneof({ weight: 2, arbitrary: from([...LONG, '1h', '365d']) }, { weight: 1, arbitrary: from(CALENDAR) });
const inOrder = fc.record({ after: from(SHORT), within: from([...LONG, '1mo']) });
const gaps = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: lengths.map((within) => ({ within })) },
  { weight: 1, arbitrary: from(SHORT).map((after) => ({ after })) },
  { weight: 1, arbitrary: inOrder },
);
const only = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: from([{ first: true }, { last: true }]) });
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
  return fc.noBias(
    fc.oneof(
      {
        weight: 3,
        arbitrary: over([...EVENTS.slice(0, 2), 'App Opened'], filters, ['revenue', 'category', 'step', 'item.sku'], during, times),
      },
      {
        weight: 2,
        arbitrary: over(
          [...APP_EVENTS.slice(0, 1), RETURNED],
          shared,
          ['revenue', 'reason', 'is_damaged', 'items', 'due_on'],
          during,
          times,
        ),
      },
    ),
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
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(filters, { minLength: 1, maxLength: 2 }).map((list) => ({ where: list })) },
  );
  const named = fc.tuple(event, where).map(([name, rest]) => ({ event: name, ...rest }));
  const without = fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(named, { minLength: 1, maxLength: 2 }).map((list) => ({ without: list })) },
  );
  const first = fc.tuple(named, only).map(merged);
  const later = fc.tuple(named, only, gaps, without).map(merged);
  const none = fc
    .tuple(event, where, fc.option(lengths, { nil: undefined }))
    .map(([name, rest, within]) => ({ none: name, ...rest, ...(within ? { within } : {}) }));
  const steps = (minLength: number) =>
    fc
      .tuple(
        first,
        fc.oneof(
          { weight: 3, arbitrary: fc.array(later, { minLength, maxLength: 1 }) },
          { weight: 1, arbitrary: fc.array(later, { minLength: 2, maxLength: 3 }) },
        ),
      )
      .map(([one, others]) => [one, ...others]);
  const ends = fc.tuple(steps(0), none).map(([list, last]) => [...list, last]);
  const sometimes = <T>(key: string, arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: arbitrary.map((value) => ({ [key]: value })) });
  const same = fc.oneof(
    { weight: 3, arbitrary: from(properties).map((one) => [one]) },
    { weight: 1, arbitrary: fc.constant(properties.slice(0, 2)) },
  );
  const rest = fc.tuple(sometimes('during', during), sometimes('times', times), sometimes('same', same)).map(merged);
  const two = fc.tuple(first, later, fc.option(none, { nil: undefined })).map(([a, b, last]) => (last ? [a, b, last] : [a, b]));
  const differing = fc
    .tuple(two, from(properties), fc.tuple(sometimes('during', during), sometimes('times', times)).map(merged))
    .map(([sequence, property, others]) => ({ sequence, different: [property], ...others }));
  const any = fc.tuple(fc.oneof(steps(1), ends), rest).map(([sequence, others]) => ({ sequence, ...others }));
  return fc.oneof({ weight: 4, arbitrary: any }, { weight: 1, arbitrary: differing }).map(possible);
}

const DAYS: Readonly<Record<string, number>> = { min: 1 / 1_440, h: 1 / 24, d: 1, w: 7, mo: 30, q: 91, y: 365 };
const daysOf = (length = '0d') => Number.parseInt(length, 10) * (DAYS[length.replace(/\d/g, '')] ?? 0);

interface Drawn {
  readonly sequence: readonly { readonly after?: string; readonly none?: unknown; readonly within?: string }[];
  readonly during?: { readonly last?: string };
}

/** Without a `during` that is too short for the gaps, or nearly so: such a sequence is refused. */
function possible(node: object): object {
  const { sequence, during, ...others } = node as Drawn;
  const needed = sequence.reduce((days, step) => days + daysOf(step.after) + (step.none ? daysOf(step.within) : 0), 0);
  const isTight = during?.last !== undefined && needed > 0.8 * daysOf(during.last) - 3;
  return { sequence, ...(during === undefined || isTight ? {} : { during }), ...others };
}

const merged = (parts: readonly object[]): object => Object.assign({}, ...parts);

/** People to whom the same few things happen again and again, at the same few moments and with the same few values. */
export const busy = fc.noBias(
  fc.array(
    fc.record({
      event_name: from([...EVENTS.slice(0, 2), 'App Opened']),
      occurred_at: from(MOMENTS.slice(0, 10)),
      properties: fc.record({
        revenue: from([1, new Written('1.0'), '1', 2, -0, 0]),
        category: from(['NL', 'BE', '', true]),
        step: from([new Written('1'), '01', 'true', null]),
        item: from([{ sku: 1 }, { sku: '1' }, { sku: 'NL' }, 'NL']),
      }),
    }),
    { minLength: 3, maxLength: 10 },
  ),
);
export const busyReturns = fc.noBias(
  fc.array(
    fc.record({
      returned_on: from(DATES.slice(2, 6)),
      revenue: from(['1', '2.50', '2.50', null]),
      reason: from(['NL', 'BE', '', null]),
      is_damaged: from([true, false]),
      items: from([1, 2]),
      due_on: from(DATES.slice(2, 4)),
    }),
    { minLength: 1, maxLength: 4 },
  ),
);
