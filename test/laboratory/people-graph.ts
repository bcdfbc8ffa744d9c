/**
 * A graph of people as stores have them, of any size: user ids, e-mails, phones, devices and cookies as hashes, tied in stars with some cross-links; no
 * two people share anything, so that the truth is the number of people. Per million people 6.1 million identifiers and 6.3 million edges.
 */
import { type EdgeSource, type EntityRules, SHIPPED_RULES } from './graph.ts';

/** Edges per person, for a graph of a wanted size. */
export const EDGES_PER_PERSON = 6.27;

/** The rules that Sluice ships with for persons, less the types that do not occur here. */
export const PEOPLE_RULES: EntityRules = {
  ...SHIPPED_RULES,
  types: [
    { name: 'user_id', limit: { max: 1, onExcess: 'split' } },
    { name: 'email', limit: { max: 5, onExcess: 'detach' }, caps: [{ type: 'user_id', max: 3 }] },
    { name: 'phone', limit: { max: 5, onExcess: 'detach' }, caps: [{ type: 'user_id', max: 3 }] },
    { name: 'device_id', caps: [{ type: 'user_id', max: 3, withinDays: 30 }] },
    { name: 'anonymous_id', caps: [{ type: 'user_id', max: 3, withinDays: 30 }] },
  ],
};

const NUMBERS = { user: 1, email: 2, phone: 3, device: 4, cookie: 5 } as const;
type Kind = keyof typeof NUMBERS;

/** An identifier as SQL: the `place`-th of its kind that the person (an expression) has. */
interface Identifier {
  readonly kind: Kind;
  readonly node: string;
}

const identifier = (kind: Kind, place = 0, person = 'number'): Identifier => ({
  kind,
  node: `sipHash64Keyed((toUInt64(7), toUInt64(11)), '${kind}', toUInt64(${person}), ${place})`,
});

/** Cookies are cleared and come anew: each person has one, and another with this chance after each. */
const ANOTHER_COOKIE = 0.55;
const MAX_COOKIES = 8;

/** Four of five people have a user id; the others are known by their e-mail only: what would be tied to the user id is tied to that. */
export function peopleEdges(people: number): EdgeSource {
  const isUser = 'number % 5 != 0';
  const email = identifier('email');
  const device = identifier('device');
  const hub = { kind: 'user' as const, node: `if(${isUser}, ${identifier('user').node}, ${email.node})`, type: `if(${isUser}, 1, 2)` };
  const links: string[] = [];
  /** Of every person that `where` holds for. */
  const link = (one: Identifier, other: Identifier | typeof hub, where = '1') => {
    links.push(
      `select ${one.node} as x, ${other.node} as y, ${NUMBERS[one.kind]} as type_x, ${'type' in other ? other.type : NUMBERS[other.kind]} as type_y,
          number * 64 + ${links.length} as draw from numbers(${people}) where ${where}`,
    );
  };
  const seenWith = (place: number) => `cityHash64(number, 'seen with', ${place}) % 4`;
  const some = (thousandths: number, salt: string) => `cityHash64(number, '${salt}') % 1000 < ${thousandths}`;

  link(email, hub, isUser);
  link(identifier('email', 1), hub, some(300, 'second email'));
  link(identifier('phone'), hub, some(420, 'phone'));
  link(identifier('phone'), email, `not ${some(420, 'phone')} and ${some(600, 'phone')} and ${isUser}`);
  link(device, hub);
  link(identifier('device', 1), hub, some(200, 'second device'));
  for (let place = 0; place < MAX_COOKIES; place += 1) {
    const cookie = identifier('cookie', place);
    // One draw for all places: who has a third cookie has a second. Another says with what it was seen: half of them never signed in.
    const has = some(Math.round(1_000 * ANOTHER_COOKIE ** place), 'cookies');
    link(cookie, hub, `${has} and ${seenWith(place)} < 2`);
    link(cookie, email, `${has} and ${seenWith(place)} = 2`);
    link(cookie, device, `${has} and ${seenWith(place)} = 3`);
  }
  // What is seen together twice over: the edges that a spanning tree would not need.
  link(identifier('cookie'), identifier('device', 1), some(200, 'second device'));
  link(identifier('cookie'), email, `${some(550, 'cookie signs up')} and ${isUser} and ${seenWith(0)} != 2`);
  link(device, email, `${some(400, 'email on device')} and ${isUser}`);
  link(identifier('phone'), device, `${some(420, 'phone')} and ${some(500, 'phone on device')}`);
  link(identifier('email', 1), device, `${some(300, 'second email')} and ${some(500, 'email on device')}`);
  return links.join(' union all ');
}

/**
 * New evidence over a graph of `people`: mostly new cookies and devices of people who are known, new people, and some identifiers that turn out to be
 * one person's: those of people without a user id, so that no limit forbids it.
 * @param batch a number that makes the batch another one.
 */
export function newEdges(people: number, edges: number, batch: number): EdgeSource {
  const known = `cityHash64(number, 'known', ${batch}) % ${people}`;
  /** Without a user id is every fifth. Always the same two meet, so that no e-mail limit is reached however many batches come. */
  const pair = `10 * (cityHash64(number, 'pair', ${batch}) % ${Math.max(1, Math.floor(people / 10))})`;
  const fresh = (kind: Kind) => identifier(kind, 100 + batch);
  const row = (one: Identifier, other: Identifier, from: number, to: number) =>
    `select ${one.node} as x, ${other.node} as y, ${NUMBERS[one.kind]} as type_x, ${NUMBERS[other.kind]} as type_y, number + ${batch} * 1000000000 as draw
        from numbers(${Math.round(edges * from)}, ${Math.round(edges * to) - Math.round(edges * from)})`;
  return [
    row(fresh('cookie'), identifier('email', 0, known), 0, 0.7),
    row(fresh('device'), identifier('device', 0, known), 0.7, 0.8),
    row(fresh('cookie'), fresh('email'), 0.8, 0.95),
    row(identifier('device', 0, pair), identifier('email', 0, `${pair} + 5`), 0.95, 1),
  ].join(' union all ');
}
