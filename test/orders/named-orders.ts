/** Orders whose story is told event by event. */
import { ODD_REFUNDS } from './values.ts';

export const timeOf = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();

export const NAMED_ORDERS = [
  // a refund of products, one of all, one of another money, and one of more than the order was
  { event: 'Order Completed', user: 'refund', at: timeOf(1), properties: '{"order_id":"f1","total":50,"currency":"USD"}' },
  {
    event: 'Order Refunded',
    user: 'clerk',
    at: timeOf(0),
    properties: '{"order_id":"f1","products":[{"product_id":"p","price":10,"quantity":2}]}',
  },
  { event: 'Order Completed', user: 'refund', at: timeOf(3), properties: '{"order_id":"f2","value":"50","currency":"USD"}' },
  { event: 'Order Refunded', user: 'clerk', at: timeOf(4), properties: '{"order_id":"f2"}' },
  { event: 'Order Completed', user: 'refund', at: timeOf(5), properties: '{"order_id":"f3","revenue":50,"currency":"USD"}' },
  { event: 'Order Refunded', user: 'clerk', at: timeOf(6), properties: '{"order_id":"f3","total":50,"currency":"JPY"}' },
  { event: 'Order Completed', user: 'refund', at: timeOf(7), properties: '{"order_id":"f4","revenue":50,"currency":"USD"}' },
  { event: 'Order Refunded', user: 'clerk', at: timeOf(8), properties: '{"order_id":"f4","total":80}' },
  { event: 'Order Completed', user: 'refund', at: timeOf(9), properties: '{"order_id":"f5","revenue":50,"currency":"USD"}' },
  { event: 'Order Canceled', user: 'clerk', at: timeOf(10), properties: '{"order_id":"f5"}' },
  { event: 'Order Refunded', user: 'refund', at: timeOf(11), properties: '{"order_id":"never-completed","total":80}' },
  ...ODD_REFUNDS.flatMap((properties, n) => [
    { event: 'Order Completed', user: 'odd-refund', at: timeOf(1), properties: `{"order_id":"o${n}","revenue":100,"currency":"EUR"}` },
    { event: 'Order Refunded', user: 'odd-refund', at: timeOf(2), properties: `{"order_id":"o${n}",${properties}}` },
  ]),
  ...[10, 5, 5].map((revenue) => ({
    event: 'Order Completed',
    user: 'thirds',
    at: timeOf(1),
    properties: `{"revenue":${revenue},"currency":"EUR"}`,
  })),
  { event: 'Order Completed', user: 'yen', at: timeOf(12), properties: '{"order_id":"y1","revenue":100,"currency":"EUR"}' },
  { event: 'Order Completed', user: 'yen', at: timeOf(13), properties: '{"order_id":"y2","revenue":10000,"currency":"JPY"}' },
];
