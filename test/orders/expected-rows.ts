/** What the oracle expects, in the form that ClickHouse answers in. */
import type { ExpectedOrder } from './oracle.ts';

/** As ClickHouse writes a Decimal: without trailing zeros. */
function decimal(value: bigint | null): string | null {
  if (value === null) return null;
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  const text = `${digits.slice(0, -2)}.${digits.slice(-2)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

export const asRow = (order: ExpectedOrder) => ({
  status: order.status,
  amount: decimal(order.amount),
  gross: decimal(order.gross),
  refunded: decimal(order.refunded),
  discount: decimal(order.discount),
  currency: order.currency,
  lines: order.lines,
  person: `person-${order.person}`,
});

export const sorted = <T>(map: Map<string, T>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

export function sumsOf(orders: readonly ExpectedOrder[]) {
  const sums = new Map<string, { person: string; currency: string; n: number; unknown: number; cents: bigint | null }>();
  for (const { person, currency, amount, status } of orders) {
    if (status === 'cancelled') continue;
    const key = `${person} ${currency}`;
    const sum = sums.get(key) ?? { person: `person-${person}`, currency, n: 0, unknown: 0, cents: null };
    sum.n += 1;
    if (amount === null) sum.unknown += 1;
    else sum.cents = (sum.cents ?? 0n) + amount;
    sums.set(key, sum);
  }
  return [...sums.values()].map(({ cents, ...sum }) => ({
    ...sum,
    total: cents !== null && (cents < 0n ? -cents : cents) >= 10n ** 18n ? null : decimal(cents),
  }));
}
