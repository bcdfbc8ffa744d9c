/** What the events of orders come to, computed in TypeScript from the declared meaning of each value. */
import { CURRENCIES, MONEY, NOTHING, type NumberFormat } from './values.ts';

export type Kind = 'Order Completed' | 'Order Updated' | 'Order Refunded' | 'Order Cancelled';

/** One event; properties are JSON texts, absent where the event has none. */
export interface OrderEvent {
  readonly kind: Kind;
  readonly person: number;
  readonly source: string;
  readonly orderId: string;
  readonly refundId?: string | undefined;
  /** Its place in time: no two events have the same. */
  readonly second: number;
  readonly amounts: Readonly<Partial<Record<(typeof AMOUNT_NAMES)[number], string | undefined>>>;
  readonly discount?: string | undefined;
  readonly currency?: string | undefined;
  /** Prices and quantities of the products. */
  readonly products: readonly { readonly price: string; readonly quantity?: number | undefined }[];
}

export interface Sources {
  readonly [source: string]: { readonly format: NumberFormat; readonly currency: string };
}

export interface ExpectedOrder {
  readonly person: number;
  readonly status: string;
  readonly amount: bigint | null;
  readonly gross: bigint | null;
  readonly refunded: bigint | null;
  readonly discount: bigint | null;
  readonly currency: string;
  readonly lines: number;
}

export const AMOUNT_NAMES = ['revenue', 'total', 'value'] as const;
const MAX_CENTS = 10n ** 18n;

const abs = (value: bigint) => (value < 0n ? -value : value);
const held = (value: bigint | null) => (value === null || abs(value) >= MAX_CENTS ? null : value);
const isThere = (json: string | undefined): json is string => json !== undefined && !NOTHING.includes(json);

interface Report extends OrderEvent {
  /** undefined: the event has no amount. */
  readonly amount: bigint | null | undefined;
  readonly discountCents: bigint | null | undefined;
  /** Named by the event itself. */
  readonly stated: string;
  readonly code: string;
}

/** Source, property → [values, unreadable]. */
export type Counts = Map<string, [number, number]>;

export function expectedOrders(events: readonly OrderEvent[], sources: Sources): { orders: Map<string, ExpectedOrder>; counts: Counts } {
  const counts: Counts = new Map();
  const reports = events.map((event) => read(event, sources, counts)).sort((a, b) => a.second - b.second);
  const orders = new Map<string, ExpectedOrder>();
  for (const id of new Set(reports.map((report) => report.orderId))) {
    const order = combine(reports.filter((report) => report.orderId === id));
    if (order) orders.set(`online:${id}`, order);
  }
  return { orders, counts };
}

function read(event: OrderEvent, sources: Sources, counts: Counts): Report {
  const { format, currency: declared } = sources[event.source] ?? { format: 'undeclared', currency: '' };
  const count = (property: string, isUnreadable: boolean) => {
    const [values, unreadable] = counts.get(`${event.source} ${property}`) ?? [0, 0];
    counts.set(`${event.source} ${property}`, [values + 1, unreadable + (isUnreadable ? 1 : 0)]);
  };
  const meaning = (json: string) => {
    const found = MONEY.find((value) => value.json === json);
    if (!found) throw new Error(`No meaning is declared for ${json}.`);
    return found[format];
  };

  const name = AMOUNT_NAMES.find((each) => isThere(event.amounts[each]));
  const money = name === undefined ? undefined : meaning(event.amounts[name] ?? '');
  const named = isThere(event.currency) ? (CURRENCIES.find(({ json }) => json === event.currency)?.code ?? '') : undefined;
  if (named !== undefined) count('currency', named === '');
  const stated = named ?? money?.currency ?? '';
  const code = named === undefined && stated === '' ? declared : stated;
  const agreed = (value: { cents: bigint | null; currency?: string }) =>
    value.currency === undefined || code === '' || value.currency === code ? value.cents : null;

  const amount = money === undefined ? undefined : agreed(money);
  if (name !== undefined) count(name, amount === null);
  const discountCents = isThere(event.discount) ? agreed(meaning(event.discount)) : undefined;
  if (discountCents !== undefined) count('discount', discountCents === null);
  for (const { price, quantity } of event.products) {
    if (isThere(price)) count('products.price', agreed(meaning(price)) === null);
    if (quantity !== undefined) count('products.quantity', false);
  }
  return { ...event, amount, discountCents, stated, code };
}

function combine(reports: readonly Report[]): ExpectedOrder | undefined {
  const completed = reports.filter((report) => report.kind === 'Order Completed');
  const [first] = completed;
  if (!first) return undefined;
  const updates = reports.filter((report) => report.kind === 'Order Updated').reverse();
  /** The latest update that says it, else the first report that does. */
  const said = <T>(of: (report: Report) => T | undefined): T | undefined =>
    [...updates, ...completed].map(of).find((value) => value !== undefined);

  const gross = said((report) => report.amount) ?? null;
  const currency = said((report) => report.stated || undefined) ?? first.code;
  const products = said((report) => (report.products.length > 0 ? report.products : undefined)) ?? [];
  const discount = said((report) => report.discountCents) ?? null;
  const refunds = refundsOf(reports.filter((report) => report.kind === 'Order Refunded'));
  const isCancelled = reports.some((report) => report.kind === 'Order Cancelled');

  const isKnown = !refunds.isUnknown && refunds.currencies.every((each) => each === '' || each === currency);
  const refunded = refunds.isWhole ? gross : isKnown ? refunds.cents : null;
  const isRefunded = refunds.isWhole || (refunded !== null && refunded > 0n && gross !== null && refunded >= gross);
  const status = isCancelled
    ? 'cancelled'
    : refunds.count > 0 && isRefunded
      ? 'refunded'
      : refunds.count > 0 && refunded !== 0n
        ? 'partially_refunded'
        : 'completed';
  const left = gross === null || refunded === null ? null : held(gross - refunded);
  return {
    person: first.person,
    status,
    amount: status === 'cancelled' || status === 'refunded' ? 0n : left,
    gross,
    refunded: refunds.count === 0 ? 0n : held(refunded),
    discount,
    currency,
    lines: products.length,
  };
}

/** Refunds with an id count once; of those without one, those of the source that tells of most. */
function refundsOf(refunds: readonly Report[]) {
  const told = refunds.map((refund) => ({
    id: refund.refundId,
    source: refund.source,
    isWhole: refund.amount === undefined,
    cents: refund.amount === undefined || refund.amount === null ? null : abs(refund.amount),
    stated: refund.stated,
  }));
  const byId = told.filter(({ id }, index) => id !== undefined && told.findIndex((other) => other.id === id) === index);
  const nameless = told.filter(({ id }) => id === undefined);
  const sum = (list: typeof told) => list.reduce((total, { cents }) => total + (cents ?? 0n), 0n);
  const perSource = [...new Set(nameless.map(({ source }) => source))].map((source) =>
    sum(nameless.filter((each) => each.source === source)),
  );
  const counted = [...byId, ...nameless];
  return {
    count: refunds.length,
    cents:
      sum(byId) +
      perSource
        .sort((a, b) => (a < b ? 1 : -1))
        .slice(0, 1)
        .reduce((_, most) => most, 0n),
    isUnknown: counted.some(({ isWhole, cents }) => !isWhole && cents === null),
    isWhole: counted.some(({ isWhole }) => isWhole),
    currencies: counted.map(({ stated }) => stated),
  };
}
