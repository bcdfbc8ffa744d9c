import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';

const { service, writeKey, options } = window.TEST;
const rudder = new RudderAnalytics();
rudder.load(writeKey, service, {
  configUrl: service,
  logLevel: 'ERROR',
  useBeacon: options.beacon ?? false,
  ...(options.batching && { queueOptions: { batch: { enabled: true, maxItems: 3, flushInterval: 500 } } }),
});
window.does = {
  page: () => rudder.page('Shop', document.title),
  browse: () => rudder.track('Product Viewed', { product_id: 'sku-1', price: 3.49 }),
  signUp: () => rudder.identify('u-browser', { email: 'ana@example.com', first_name: 'Ana' }),
  join: () => rudder.group('g-browser', { name: 'De Vries' }),
  order: () => rudder.track('Order Completed', { order_id: 'o-1', total: 23.97, currency: 'EUR' }),
};
