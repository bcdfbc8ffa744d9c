/** The vocabulary of the journeys: one call that a web shop or an app makes to the SDK. Pure. */
import type { Seeded } from './seeded.ts';
import { seededUuid } from './seeded.ts';

/** The two places where a shopper is seen online; each has a write key, and so a source, of its own. */
export type Channel = 'web' | 'app';

export interface Call {
  readonly channel: Channel;
  readonly kind: 'page' | 'screen' | 'track' | 'identify';
  /** Page, screen or event name; empty for `identify`. */
  readonly name: string;
  readonly who: { readonly anonymousId: string; readonly userId?: string };
  /** Traits of an `identify`, properties of anything else. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What a browser or an app knows beside the call; the SDK for servers leaves it to the caller. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly at: Date;
  /** Fixed by the story, so that sending it twice stores it once. */
  readonly messageId: string;
}

const SHOP_URL = 'https://shop.example.com';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

const PRODUCTS = [
  { sku: 'oat-drink-1l', name: 'Oat drink', category: 'Dairy', price: 2.49 },
  { sku: 'espresso-500g', name: 'Espresso beans', category: 'Coffee', price: 8.95 },
  { sku: 'bananas-1kg', name: 'Bananas', category: 'Produce', price: 1.79 },
  { sku: 'salmon-fillet', name: 'Salmon fillet', category: 'Seafood', price: 12.9 },
  { sku: 'sourdough', name: 'Sourdough loaf', category: 'Bakery', price: 4.2 },
  { sku: 'cat-food-12', name: 'Cat food, 12 tins', category: 'Pets', price: 9.6 },
  { sku: 'olive-oil-1l', name: 'Olive oil', category: 'Pantry', price: 10.25 },
] as const satisfies readonly Product[];

/** Named as the till names the category, because the profiles count both together. */
export const DIAPERS: Product = { sku: 'diapers-size-1', name: 'Diapers, size 1', category: 'DIAPERS & DISPOSABLES', price: 11.5 };
export const PARTY_PLATTER: Product = { sku: 'party-platter', name: 'Party platter for twelve', category: 'Deli', price: 160 };

const CAMPAIGNS = [
  { source: 'newsletter', medium: 'email', name: 'weekly-offers' },
  { source: 'google', medium: 'cpc', name: 'fresh-delivered' },
  { source: 'instagram', medium: 'social', name: 'new-in-store' },
] as const;

/** Writes one person's calls, a few minutes apart, on one device. */
export class Visit {
  readonly calls: Call[] = [];
  readonly #person: string;
  readonly #random: Seeded;
  readonly #channel: Channel;
  readonly #device: string;
  #at: number;
  #userId: string | undefined;
  #context: Readonly<Record<string, unknown>>;

  /** @param device stable per device: it becomes the anonymous id that the SDK keeps there. */
  constructor(visit: { person: string; channel: Channel; device: string; start: Date; random: Seeded; userId?: string }) {
    this.#person = visit.person;
    this.#random = visit.random;
    this.#channel = visit.channel;
    this.#device = visit.device;
    this.#at = visit.start.getTime();
    this.#userId = visit.userId;
    this.#context =
      visit.channel === 'web' ? { page: { url: `${SHOP_URL}/` } } : { app: { name: 'Shop', version: '3.2.0' }, device: { type: 'ios' } };
  }

  /** Arrives, looks around and at one product; on the web half of the visits come from a campaign. */
  browse(): this {
    const product = this.#random.pick(PRODUCTS);
    if (this.#channel === 'web') {
      if (this.#random.chance(0.5)) this.#context = { ...this.#context, campaign: this.#random.pick(CAMPAIGNS) };
      this.#open('Home', '/');
      this.#open('Product', `/products/${product.sku}`);
    } else {
      this.#add('screen', 'Home', {});
    }
    return this.#add('track', 'Product Viewed', product);
  }

  /** Signs up or logs in: from here on the calls carry the user id. */
  identify(userId: string, traits: Readonly<Record<string, unknown>>): this {
    this.#userId = userId;
    return this.#add('identify', '', traits);
  }

  /** Puts something into the cart, and leaves. */
  fillCart(): this {
    return this.#add('track', 'Product Added', { ...this.#random.pick(PRODUCTS) });
  }

  /** Puts `favourite` and something else into the basket, and pays. */
  order(favourite: Product = this.#random.pick(PRODUCTS)): this {
    this.#add('track', 'Product Added', { ...favourite });
    const products = [favourite, this.#random.pick(PRODUCTS)].map((product) => ({ ...product, quantity: 1 }));
    const cents = products.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
    return this.#add('track', 'Order Completed', {
      order_id: seededUuid('order', this.#person, this.#at),
      revenue: cents / 100,
      currency: 'USD',
      products,
    });
  }

  #open(name: string, path: string): void {
    const url = `${SHOP_URL}${path}`;
    this.#context = { ...this.#context, page: { url, path } };
    this.#add('page', name, { url, path });
  }

  #add(kind: Call['kind'], name: string, data: Readonly<Record<string, unknown>>): this {
    this.#at += this.#random.between(5, 240) * 1_000;
    this.calls.push({
      channel: this.#channel,
      kind,
      name,
      who: { anonymousId: seededUuid('device', this.#device), ...(this.#userId === undefined ? {} : { userId: this.#userId }) },
      data,
      context: this.#context,
      at: new Date(this.#at),
      messageId: seededUuid('message', this.#device, this.#at, kind, this.calls.length),
    });
    return this;
  }
}
