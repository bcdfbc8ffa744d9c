import { jitsuAnalytics } from '@jitsu/js';

const { service, writeKey } = window.TEST;
const jitsu = jitsuAnalytics({ host: service, writeKey: `${writeKey}:secret` });
window.does = {
  page: () => jitsu.page({ name: document.title }),
  browse: () => jitsu.track('Product Viewed', { product_id: 'sku-1', price: 3.49 }),
  signUp: () => jitsu.identify('u-browser', { email: 'ana@example.com', first_name: 'Ana' }),
  join: () => jitsu.group('g-browser', { name: 'De Vries' }),
  order: () => jitsu.track('Order Completed', { order_id: 'o-1', total: 23.97, currency: 'EUR' }),
};
