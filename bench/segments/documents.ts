/** The segments that are measured: the forty audiences, a hundred as a retailer has them, and one of ten conditions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

type Document = Readonly<Record<string, unknown>>;

export interface Audience {
  readonly id: string;
  readonly document: Document;
  /** One column, the key, each member once. Parameter: `now`. */
  readonly handwritten: string;
}

const FOLDER = new URL('../../test/segments/audiences/', import.meta.url);
/** Where the SQL of the tests, which is written to be read, is not the fastest. */
const FASTER = new URL('by-hand/', import.meta.url);

/** Tiny runs make small audiences that jump; what is measured here is not the guard. */
const GUARD = { allow_empty: true, max_growth: 1_000_000, max_shrink: 1 };

export const audiences: readonly Audience[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yml'))
  .sort()
  .map((file) => {
    const name = file.slice(0, -'.yml'.length);
    const faster = new URL(`${name}.sql`, FASTER);
    return {
      id: `audience-${name}`,
      document: z.looseObject({}).parse(parse(readFileSync(new URL(file, FOLDER), 'utf8'))),
      handwritten: readFileSync(existsSync(faster) ? faster : new URL(`${name}.sql`, FOLDER), 'utf8'),
    };
  });

const person = (title: string, where: object): Document => ({ title, entity: 'person', where });

/** The two that audiences read. */
const REFERRED: Readonly<Record<string, Document>> = {
  loyal: person('Loyal', { trait: 'order_count', gte: 3 }),
  'coupon-lovers': person('Coupon lovers', { event: 'Coupon Applied', count: { gte: 2 } }),
};

/** As many, of the shapes that most segments have: the same questions with other names, lengths and limits. */
const HUNDRED = 100;
const COUNTRIES = ['BE', 'NL', 'DE', 'FR'];
const NAMES = ['Page Viewed', 'Product Viewed', 'Product Added', 'Order Completed', 'Email Opened', 'Email Clicked', 'Message Sent'];
const DAYS = [7, 14, 30, 60, 90, 180];

function usual(index: number): Document {
  const name = NAMES[index % NAMES.length];
  const other = NAMES[(index + 3) % NAMES.length];
  const last = `${DAYS[index % DAYS.length]}d`;
  const country = { trait: 'country_code', is: COUNTRIES[index % COUNTRIES.length] };
  const shapes: readonly object[] = [
    { event: name, during: { last } },
    { event: name, during: { last }, count: { gte: 2 + (index % 4) } },
    { event: name, during: { last }, count: { eq: 0 } },
    { all: [country, { event: name, during: { last } }] },
    {
      all: [
        { event: name, during: { last } },
        { event: other, during: { last }, count: { eq: 0 } },
      ],
    },
    { event: 'Order Completed', during: { last: '180d' }, sum: { property: 'revenue', gte: 50 + index } },
    { event: 'Product Viewed', during: { last }, where: [{ property: 'price', gte: 10 + (index % 20) }] },
    { related: 'orders', during: { last }, at: 'ordered_at', count: { gte: 1 + (index % 3) } },
    { all: [country, { trait: 'lifetime_value', gte: 50 + index }] },
    {
      any: [
        { event: name, during: { last }, count: { gte: 3 } },
        { trait: 'order_count', gte: 4 + (index % 5) },
      ],
    },
  ];
  return person(`Usual ${index}`, shapes[index % shapes.length] ?? {});
}

/** Id → document: the audiences and what they read, and the usual ones. */
export const hundred: ReadonlyMap<string, Document> = (() => {
  const named = [...Object.entries(REFERRED), ...audiences.map(({ id, document }) => [id, document] as const)];
  const more = Array.from({ length: HUNDRED - named.length }, (_, index) => [`usual-${index}`, usual(index)] as const);
  return new Map([...named, ...more].map(([id, document]) => [id, { id, ...document, guard: GUARD }]));
})();

/** Twenty of one entity. */
export const twenty: readonly string[] = [...hundred].flatMap(([id, { entity }]) => (entity === 'person' ? [id] : [])).slice(-20);

/** Traits, events, properties and related rows in groups. */
export const TEN_CONDITIONS: Document = {
  id: 'ten-conditions',
  ...person('Ten conditions', {
    all: [
      { trait: 'email', exists: true },
      { not: { trait: 'consent_email', is: false } },
      {
        any: [
          { trait: 'country_code', is: ['BE', 'NL'] },
          { trait: 'lifetime_value', gte: 100 },
        ],
      },
      {
        any: [
          { event: 'Order Completed', during: { last: '180d' } },
          { event: 'Product Added', during: { last: '30d' }, count: { gte: 2 } },
          { related: 'orders', during: { last: '1y' }, at: 'ordered_at', count: { gte: 2 } },
        ],
      },
      { event: 'Page Viewed', during: { last: '90d' } },
      { event: 'Product Viewed', where: [{ property: 'price', gte: 10 }], during: { last: '90d' } },
      { not: { event: 'Support Requested', during: { last: '30d' } } },
    ],
  }),
};
