/** Random events of random orders: with and without each property, as number and text, in order and not, by several sources. */
import fc from 'fast-check';
import type { Kind, OrderEvent, Product } from './oracle.ts';
import { CURRENCIES, MONEY, NOTHING, ODD_PRODUCTS } from './values.ts';

export const PEOPLE = 12;

/** Half of them plain numbers, so that most orders come to something. */
const plain = MONEY.filter(({ json, undeclared }) => /^[\d.]+$/.test(json) && undeclared.cents !== null);
const money = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...plain.map(({ json }) => json)) },
  { weight: 2, arbitrary: fc.constantFrom(...MONEY.map(({ json }) => json)) },
  { weight: 1, arbitrary: fc.constantFrom(...NOTHING) },
);
/** Of whole cents: a price keeps its parts of a cent until it is multiplied, which is arithmetic that the oracle does without. */
const price = money.filter((json) => !/[.]\d{3,}|,\d{3}"/.test(json) || json === '"1.234"');
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const currency = fc.constantFrom('"USD"', '"USD"', ...CURRENCIES.map(({ json }) => json), 'null');

const source = fc.constantFrom('web', 'shop', 'app');
const refundId = fc.constantFrom('r1', 'r2');

/** Of twenty: few are cancelled, because nothing is left of those. */
const kinds: Kind[] = [
  ...Array<Kind>(9).fill('Order Completed'),
  ...Array<Kind>(4).fill('Order Updated'),
  ...Array<Kind>(6).fill('Order Refunded'),
  'Order Cancelled',
];

const product = fc.record(
  { id: fc.constantFrom('p1', 'p2', 'p3'), price: perhaps(price), quantity: perhaps(fc.constantFrom(0, 1, 2, 3)) },
  { requiredKeys: ['id'] },
);
const products = fc.oneof(
  { weight: 5, arbitrary: fc.array(product, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_PRODUCTS) },
);

/** What may follow a report at the same moment: itself again, by the same source or another, or one that differs in its products or its currency. */
const echo = fc.option(
  fc.record({ source: perhaps(source), products: perhaps(products), currency: perhaps(currency), refundId: perhaps(refundId) }),
  { freq: 2 },
);

/** Four events for each of `orders` orders, and echoes; an order's events stand anywhere in time, so a refund may come first. */
export const orderEvents = (orders: number): fc.Arbitrary<OrderEvent[]> =>
  fc
    .array(
      fc.record(
        {
          kind: fc.constantFrom(...kinds),
          person: fc.nat(PEOPLE - 1),
          source,
          order: fc.nat(orders - 1),
          refundId: perhaps(refundId),
          amounts: fc.oneof(fc.constant({}), fc.record({ revenue: perhaps(money), total: perhaps(money), value: perhaps(money) })),
          discount: perhaps(money),
          currency: perhaps(currency),
          products,
          echo,
        },
        { noNullPrototype: true },
      ),
      { minLength: orders * 4, maxLength: orders * 4 },
    )
    .map((events) =>
      events.flatMap(({ order, echo: more, ...event }, second) => {
        const report = { ...event, second, orderId: `order-${order}` };
        return more === null
          ? [report]
          : [report, { ...report, ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)) }];
      }),
    );

/** The properties of the event, as a site would send them. */
export function propertiesOf(event: OrderEvent): string {
  const members: [string, string | undefined][] = [
    ['order_id', JSON.stringify(event.orderId)],
    ['refund_id', event.refundId === undefined ? undefined : JSON.stringify(event.refundId)],
    ...Object.entries(event.amounts),
    ['discount', event.discount],
    ['currency', event.currency],
    ['products', typeof event.products === 'string' ? event.products : `[${event.products.map(productOf).join(',')}]`],
  ];
  return `{${members
    .filter(([, json]) => json !== undefined)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}

const productOf = ({ id, price, quantity }: Product) =>
  `{"product_id":"${id}","category":"Things"${price === undefined ? '' : `,"price":${price}`}${quantity === undefined ? '' : `,"quantity":${quantity}`}}`;
