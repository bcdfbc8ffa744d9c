import { AnalyticsBrowser } from '@segment/analytics-next';

const { service, writeKey, options } = window.TEST;
const analytics = AnalyticsBrowser.load(
  { writeKey, cdnURL: service },
  // Only a batching page says more; the others are told by the settings where to send to.
  options.batching
    ? { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 500 } } } } }
    : {},
);
window.does = {
  page: () => analytics.page('Shop', document.title),
  browse: () => analytics.track('Product Viewed', { product_id: 'sku-1', price: 3.49 }),
  signUp: () => analytics.identify('u-browser', { email: 'ana@example.com', first_name: 'Ana' }),
  join: () => analytics.group('g-browser', { name: 'De Vries' }),
  order: () => analytics.track('Order Completed', { order_id: 'o-1', total: 23.97, currency: 'EUR' }),
};
