/** Random ranks, calculations, anniversaries and sizes of traits. */
import fc from 'fast-check';
import { from } from './pools.ts';

export const LEAP_DAYS = ['2024-02-29', '2000-12-31', '1999-01-01', '2025-04-05'];

const lengths = from(['1d', '2d', '7d', '29d', '30d', '4w', '20w', '300d', '364d', '365d']);
export const anniversary = fc
  .oneof(
    fc.constant('today'),
    lengths.map((next) => ({ next })),
    lengths.map((last) => ({ last })),
  )
  .map((operand) => ({ anniversary: operand }));
export const beforeNow = from([{ before: 'now' }, { after: 'now' }]);
export const size = fc
  .oneof(
    ...['eq', 'gte', 'lte', 'gt', 'lt'].map((operator) =>
      fc.nat({ max: 3 }).map((items) => ({ [operator]: operator === 'lt' ? items + 1 : items })),
    ),
    fc.constant({ between: [1, 2] }),
  )
  .map((operand) => ({ size: operand }));

const ranks = fc
  .tuple(
    from(['top', 'bottom']),
    fc.oneof(
      from([0.1, 0.07, 0.25, 0.5, 0.333333, 1]).map((share) => ({ share })),
      from([1, 2, 5, 100]).map((count) => ({ count })),
    ),
    fc.option(from(['country_code', 'city', 'tier', 'is_member', 'order_count', 'birthday_on']), { nil: undefined }),
  )
  .map(([end, take, per]) => ({ [end]: { ...take, ...(per === undefined ? {} : { per: { trait: per } }) } }));
const ranked = fc
  .tuple(
    from([
      'order_count',
      'lifetime_value',
      'score',
      'ledger_id',
      'fee',
      'wide_id',
      'ratio',
      'first_seen_at',
      'last_order_at',
      'joined_on',
      'points',
    ]),
    ranks,
  )
  .map(([trait, rank]) => ({ trait, ...rank }));

const amounts = from([0, 1, 2, 0.5, 2.5, -1, 12.5, 100, '0.01', '99.99', '0.10']);
/** Traits that are compared with calculations of others: exact ones of every size, then floats. */
const PAIRS = [
  ['lifetime_value', 'order_count', 'points'],
  ['order_count', 'points', 'lifetime_value'],
  ['ledger_id', 'ledger_id', 'order_count'],
  ['ledger_id', 'points', 'order_count'],
  ['ledger_id', 'fee', 'lifetime_value'],
  ['wide_id', 'ledger_id', 'wide_id'],
  ['fee', 'ledger_id', 'fee'],
  ['points', 'order_count', 'ledger_id'],
  ['score', 'lifetime_value', 'order_count'],
  ['score', 'order_count', 'points'],
  ['lifetime_value', 'score', 'order_count'],
  ['order_count', 'ratio', 'score'],
  ['ratio', 'order_count', 'score'],
] as const;
const calculated = from(PAIRS).chain(([left, other, third]) =>
  fc
    .tuple(
      from(['is', 'is_not', 'gt', 'gte', 'lt', 'lte']),
      fc.record({ times: amounts, plus: fc.oneof(amounts, fc.constant({ trait: third })), minus: amounts }, { requiredKeys: [] }),
      fc.boolean(),
    )
    .map(([operator, { times, plus, minus }, isTaken]) => ({
      trait: left,
      [operator]: {
        trait: other,
        ...(times === undefined ? {} : { times }),
        ...(plus === undefined ? {} : isTaken ? { minus: plus } : { plus }),
        ...(minus === undefined || isTaken ? {} : { minus }),
      },
    }))
    // A trait beside itself alone is refused.
    .filter(
      (node) => left !== other || Object.values(node).some((operand) => Object.keys(operand).length > 1 && typeof operand === 'object'),
    ),
);

export const moreTraits = fc.oneof(ranked, calculated);
