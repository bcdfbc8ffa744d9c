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
  /** Its place in time; of two at one moment the first in the list came first. */
  readonly second: number;
  readonly amounts: Readonly<Partial<Record<(typeof AMOUNT_NAMES)[number], string | undefined>>>;
  readonly discount?: string | undefined;
  readonly currency?: string | undefined;
  /** Or the JSON text of what is no list of products, and says something of one. */
  readonly products: readonly Product[] | string;
}

export interface Product {
  readonly id: string;
  readonly price?: string | undefined;
  readonly quantity?: number | undefined;
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
  /** Its currency: a code, '' when nobody says, `?` and what was written when that is none. */
  readonly currencyCode: string;
  readonly lines: readonly Line[];
  /** Whether something of products was said that cannot be read. */
  readonly hasOddProducts: boolean;
}

interface Line {
  readonly id: string;
  readonly quantity: number | undefined;
  /** undefined: no price was given. */
  readonly cents: bigint | null | undefined;
}

/** Source, property → [values, unreadable]. */
export type Counts = Map<string, [number, number]>;

export function expectedOrders(events: readonly OrderEvent[], sources: Sources): { orders: Map<string, ExpectedOrder>; counts: Counts } {
  const counts: Counts = new Map();
  const reports = events.map((event) => read(event, events, sources, counts)).sort((a, b) => a.second - b.second);
  const orders = new Map<string, ExpectedOrder>();
  for (const id of new Set(reports.map((report) => report.orderId))) {
    const order = combine(reports.filter((report) => report.orderId === id));
    if (order) orders.set(`online:${id}`, order);
  }
  return { orders, counts };
}

const formatOf = (event: OrderEvent, sources: Sources) => sources[event.source] ?? { format: 'undeclared' as const, currency: '' };

function meaningOf(json: string, format: NumberFormat) {
  const found = MONEY.find((value) => value.json === json);
  if (!found) throw new Error(`No meaning is declared for ${json}.`);
  return found[format];
}

const amountName = (event: OrderEvent) => AMOUNT_NAMES.find((each) => isThere(event.amounts[each]));

/** The currency that the event itself names; '' for none, or one that is none. */
function statedBy(event: OrderEvent, sources: Sources): string {
  if (isThere(event.currency)) return CURRENCIES.find(({ json }) => json === event.currency)?.code ?? '';
  const name = amountName(event);
  return name === undefined ? '' : (meaningOf(event.amounts[name] ?? '', formatOf(event, sources).format).currency ?? '');
}

/** What it names, else what its source names in other events of the order, else what its source declares. */
function currencyCodeOf(event: OrderEvent, events: readonly OrderEvent[], sources: Sources): string {
  const stated = statedBy(event, sources);
  if (stated !== '') return stated;
  if (isThere(event.currency)) return `?${event.currency}`;
  const others = events.filter((other) => other.orderId === event.orderId && other.source === event.source);
  const named = [...new Set(others.map((other) => statedBy(other, sources)).filter((code) => code !== ''))].sort();
  if (named.length > 1) return `?${named}`;
  return named[0] ?? formatOf(event, sources).currency;
}

function read(event: OrderEvent, events: readonly OrderEvent[], sources: Sources, counts: Counts): Report {
  const { format } = formatOf(event, sources);
  const count = (property: string, isUnreadable: boolean) => {
    const [values, unreadable] = counts.get(`${event.source} ${property}`) ?? [0, 0];
    counts.set(`${event.source} ${property}`, [values + 1, unreadable + (isUnreadable ? 1 : 0)]);
  };
  const currencyCode = currencyCodeOf(event, events, sources);
  /** Cents, unless the amount names another currency than the event. */
  const centsOf = (json: string) => {
    const { cents, currency } = meaningOf(json, format);
    return currency === undefined || /^$|^[?]/.test(currencyCode) || currency === currencyCode ? cents : null;
  };

  const name = amountName(event);
  const amount = name === undefined ? undefined : centsOf(event.amounts[name] ?? '');
  if (name !== undefined) count(name, amount === null);
  if (isThere(event.currency)) count('currency', currencyCode.startsWith('?'));
  const discountCents = isThere(event.discount) ? centsOf(event.discount) : undefined;
  if (discountCents !== undefined) count('discount', discountCents === null);

  const hasOddProducts = typeof event.products === 'string';
  if (hasOddProducts) count('products', true);
  const lines = (typeof event.products === 'string' ? [] : event.products).map(({ id, price, quantity }) => {
    const piece = isThere(price) ? centsOf(price) : undefined;
    const cents = piece === undefined || piece === null ? piece : piece * BigInt(quantity ?? 1);
    count('products', false);
    if (piece !== undefined) count('products.price', piece === null);
    if (quantity !== undefined) count('products.quantity', false);
    return { id, quantity, cents };
  });
  return { ...event, amount, discountCents, currencyCode, lines, hasOddProducts };
}

function combine(reports: readonly Report[]): ExpectedOrder | undefined {
  const completed = reports.filter((report) => report.kind === 'Order Completed');
  const [first] = completed;
  if (!first) return undefined;
  const updates = reports.filter((report) => report.kind === 'Order Updated').reverse();
  /** The latest update of which it is true, else the first report. */
  const last = (isGiven: (report: Report) => boolean) => [...updates, ...completed].find(isGiven);

  const priced = last((report) => report.amount !== undefined);
  const gross = priced?.amount ?? null;
  const currency = (priced ?? last((report) => report.currencyCode !== ''))?.currencyCode ?? '';
  const isOfOrder = (report: Report | undefined) => ['', currency].includes(report?.currencyCode ?? '');
  const listed = last((report) => report.lines.length > 0);
  const lines = (listed?.lines ?? []).map((line) => ({ ...line, cents: isOfOrder(listed) ? (line.cents ?? null) : null }));
  const discounted = last((report) => report.discountCents !== undefined);
  const discount = isOfOrder(discounted) ? (discounted?.discountCents ?? null) : null;
  const refunds = refundsOf(
    reports.filter((report) => report.kind === 'Order Refunded'),
    lines,
  );
  const isKnown = !refunds.isUnknown && refunds.currencies.every((each) => each === '' || each === currency);
  const refunded = refunds.isWhole ? gross : isKnown ? refunds.cents : null;
  const isCancelled = reports.some((report) => report.kind === 'Order Cancelled');
  const status = isCancelled ? 'cancelled' : refunds.count === 0 ? 'completed' : refundedStatus(refunds.isWhole, gross, refunded);
  const left = gross === null || refunded === null ? null : held(gross - refunded);
  return {
    person: first.person,
    status,
    amount: status === 'cancelled' || status === 'refunded' ? 0n : left,
    gross,
    refunded: refunds.count === 0 ? 0n : held(refunded),
    discount,
    currency: currency.startsWith('?') ? '' : currency,
    lines: lines.length,
  };
}

function refundedStatus(isWhole: boolean, gross: bigint | null, refunded: bigint | null): string {
  if (isWhole || (refunded !== null && refunded > 0n && gross !== null && refunded >= gross)) return 'refunded';
  return refunded === 0n ? 'completed' : 'partially_refunded';
}

/** What came back of a line, by its own price, else by that of the order. */
function refundedLine({ id, quantity, cents }: Line, ordered: readonly Line[]): bigint | null {
  if (cents !== undefined) return cents;
  const same = ordered.filter((line) => line.id === id);
  const [line] = same;
  if (!line || same.length > 1) return null;
  const pieces = BigInt(line.quantity ?? 1);
  const ofLine = line.cents ?? null;
  if (BigInt(quantity ?? 1) === pieces) return ofLine;
  if (quantity === undefined || pieces === 0n || ofLine === null) return null;
  return roundedDivision(ofLine * BigInt(quantity), pieces);
}

/** Half away from zero. */
function roundedDivision(value: bigint, by: bigint): bigint {
  const rounded = (abs(value) * 2n + by) / (by * 2n);
  return value < 0n ? -rounded : rounded;
}

/** Refunds with an id count once; of those without one, those of the source that tells of most. */
function refundsOf(refunds: readonly Report[], ordered: readonly Line[]) {
  const told = refunds.map((refund) => {
    const lines = refund.lines.map((line) => refundedLine(line, ordered));
    const isKnown = !refund.hasOddProducts && lines.every((cents) => cents !== null);
    const ofProducts = isKnown ? lines.reduce<bigint>((sum, cents) => sum + (cents ?? 0n), 0n) : null;
    return {
      id: refund.refundId,
      source: refund.source,
      isWhole: refund.amount === undefined && refund.lines.length === 0 && !refund.hasOddProducts,
      cents: refund.amount === undefined ? ofProducts : refund.amount === null ? null : abs(refund.amount),
      currencyCode: refund.currencyCode,
      // what makes two refunds at one moment one, sent twice
      content: JSON.stringify([refund.source, refund.second, refund.currencyCode, refund.amounts, refund.discount, refund.products]),
    };
  });
  const byId = told.filter(({ id }, index) => id !== undefined && told.findIndex((other) => other.id === id) === index);
  const nameless = told.filter(
    ({ id, content }, index) =>
      id === undefined && told.findIndex((other) => other.id === undefined && other.content === content) === index,
  );
  const sum = (list: typeof told) => list.reduce((total, { cents, isWhole }) => total + (isWhole ? 0n : (cents ?? 0n)), 0n);
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
    currencies: counted.map(({ currencyCode }) => currencyCode),
  };
}
