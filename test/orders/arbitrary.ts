/** Random events of random orders: with and without each property, as number and text, in order and not, by several sources. */
import fc from 'fast-check';
import type { Kind, OrderEvent } from './oracle.ts';
import { CURRENCIES, MONEY, NOTHING } from './values.ts';

export const PEOPLE = 12;

/** Half of them plain numbers, so that most orders come to something. */
const plain = MONEY.filter(({ json, undeclared }) => /^[\d.]+$/.test(json) && undeclared.cents !== null);
const money = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...plain.map(({ json }) => json)) },
  { weight: 2, arbitrary: fc.constantFrom(...MONEY.map(({ json }) => json)) },
  { weight: 1, arbitrary: fc.constantFrom(...NOTHING) },
);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const currency = fc.constantFrom('"USD"', '"USD"', ...CURRENCIES.map(({ json }) => json), 'null');

const kinds: Kind[] = ['Order Completed', 'Order Completed', 'Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled'];

/** About `orders` orders; an order's events stand anywhere in time, so a refund may come first. */
export const orderEvents = (orders: number): fc.Arbitrary<OrderEvent[]> =>
  fc
    .array(
      fc.record(
        {
          kind: fc.constantFrom(...kinds),
          person: fc.nat(PEOPLE - 1),
          source: fc.constantFrom('web', 'shop', 'app'),
          order: fc.nat(orders - 1),
          refundId: perhaps(fc.constantFrom('r1', 'r2')),
          amounts: fc.record({ revenue: perhaps(money), total: perhaps(money), value: perhaps(money) }),
          discount: perhaps(money),
          currency: perhaps(currency),
          products: fc.array(fc.record({ price: money, quantity: perhaps(fc.constantFrom(0, 1, 3)) }, { requiredKeys: ['price'] }), {
            maxLength: 2,
          }),
        },
        { noNullPrototype: true },
      ),
      { minLength: orders * 2, maxLength: orders * 2 },
    )
    .map((events) =>
      events.map(({ order, kind, products, ...event }, second) => ({
        ...event,
        kind,
        second,
        orderId: `order-${order}`,
        // what a refund of products comes to is a test of its own: here products never stand for an amount
        products: kind === 'Order Refunded' ? [] : products,
      })),
    );

/** The properties of the event, as a site would send them. */
export function propertiesOf(event: OrderEvent): string {
  const members: [string, string | undefined][] = [
    ['order_id', JSON.stringify(event.orderId)],
    ['refund_id', event.refundId === undefined ? undefined : JSON.stringify(event.refundId)],
    ...Object.entries(event.amounts),
    ['discount', event.discount],
    ['currency', event.currency],
    ['products', event.products.length === 0 ? undefined : `[${event.products.map(productOf).join(',')}]`],
  ];
  return `{${members
    .filter(([, json]) => json !== undefined)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}

const productOf = ({ price, quantity }: OrderEvent['products'][number]) =>
  `{"product_id":"p","category":"Things","price":${price}${quantity === undefined ? '' : `,"quantity":${quantity}`}}`;
