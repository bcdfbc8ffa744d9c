/** What the benchmark sends: messages as a web page's SDK writes them, about 750 bytes each, and the same as rows. Pure. */
import { acceptMessage, type EventRow } from '../../src/collect/message.ts';

const CONTEXT = {
  library: { name: 'analytics.js', version: '2.1.0' },
  page: {
    path: '/products/summer',
    referrer: 'https://www.example.com/',
    search: '?utm_source=news',
    title: 'Summer sale – shoes and more',
    url: 'https://shop.example.com/products/summer?utm_source=news',
  },
  userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  locale: 'en-GB',
  timezone: 'Europe/Amsterdam',
};
const EVENTS = ['Product Viewed', 'Product Added', 'Order Completed'];

/** Stands for the number of a message, which is written over it for each request. */
export const NUMBER = '0'.repeat(12);

/** @param id of the message; for a request that is sent many times it ends with `NUMBER`. */
function message(index: number, id: string) {
  return {
    type: 'track',
    event: EVENTS[index % EVENTS.length],
    messageId: id,
    anonymousId: `a-${index % 5_000}`,
    ...(index % 4 === 0 ? { userId: `u-${index % 2_000}` } : {}),
    timestamp: new Date(Date.now() - 37 * index).toISOString(),
    properties: {
      product_id: `p${index % 300}`,
      price: (index % 1_000) / 10,
      currency: 'EUR',
      quantity: 1 + (index % 3),
      category: 'shoes',
    },
    context: CONTEXT,
  };
}

/** The body of a request; the number of each of its messages is `NUMBER`. */
export function bodyOf(messages: number, run: string): string {
  const batch = Array.from({ length: messages }, (_, index) => message(index, `${run}-${NUMBER}`));
  return JSON.stringify({ batch, sentAt: new Date().toISOString() });
}

/** Rows as the collector makes them, for whoever inserts them without it. */
export function rowsOf(count: number, run: string): EventRow[] {
  return Array.from({ length: count }, (_, index) => {
    const accepted = acceptMessage(message(index, `${run}-${index}`), { source: 'bench', receivedAt: new Date() });
    if (!accepted.ok) throw new TypeError(accepted.detail);
    return accepted.row;
  });
}
