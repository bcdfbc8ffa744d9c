/** What shoppers do online in the demo, as calls to the SDK. Pure: the same households give the same calls. */
import { type Call, DIAPERS, PARTY_PLATTER, Visit } from './calls.ts';
import { customerOf, emailOf, personName } from './customers.ts';
import { type Seeded, seeded } from './seeded.ts';

/** Households that also shop on the web and in the app (the rest of the data only has a card). */
export const MEMBERS = 600;
/** Visitors without a card who left an address and never bought. */
export const SUBSCRIBERS = 240;
/** Visitors of whom nothing but a browser is known. */
export const PASSERS_BY = 160;
/** One in so many of both fills a cart and leaves it. */
const CART_EVERY = 3;

/** How many do what in the second round. */
export const SECOND_ROUND = {
  firstOrders: 60,
  joins: 30,
  newSubscribers: 40,
  namedPassersBy: 25,
  corrections: 100,
  newParents: 12,
} as const;

const STORY_START = Date.UTC(2017, 9, 1);
/** The till's last receipt is of the following night, so that the quarter is still the same. */
const SECOND_ROUND_START = Date.UTC(2017, 11, 31);
const DAY_MS = 86_400_000;

/** Which user ids belong to members, as a regular expression. */
export const MEMBER_PATTERN = '^member-[0-9]+$';
export const householdOf = (memberUserId: string) => Number(memberUserId.slice('member-'.length));

export interface Cast {
  /** Households with a web account, ascending. */
  readonly members: readonly number[];
  /** Households without one: some of them join in the second round. */
  readonly others: readonly number[];
}

/** Members whom the first round's audiences single out for the second. */
export interface Protagonists {
  /** Lapsing members who come back. */
  readonly returning: readonly number[];
  /** Members just below the high-value line who give a party. */
  readonly hosts: readonly number[];
  /** High-value members, each with the other high-value card of the same home. */
  readonly sharedHomes: readonly { readonly member: number; readonly otherCard: number }[];
}

/** Chooses who has a web account: by a hash of the household, so that it has nothing to do with how they shop. */
export function castOf(householdIds: readonly number[]): Cast {
  const shuffled = householdIds.map((id) => ({ id, draw: seeded('cast', id).next() })).sort((a, b) => a.draw - b.draw);
  const ascending = (list: typeof shuffled) => list.map(({ id }) => id).sort((a, b) => a - b);
  return { members: ascending(shuffled.slice(0, MEMBERS)), others: ascending(shuffled.slice(MEMBERS)) };
}

/** Round one, in the order in which it happened. */
export function firstRound(cast: Cast): Call[] {
  const calls = [
    ...cast.members.flatMap(memberJourney),
    ...numbers(SUBSCRIBERS).flatMap((number) => subscriberJourney(number, dayOf(seeded('subscriber', number), STORY_START, 88))),
    ...numbers(PASSERS_BY).flatMap(passerByJourney),
  ];
  return inOrder(calls);
}

/**
 * Round two, New Year's Eve. Subscribers place a first order; others enter the number of a loyalty card, which makes two profiles one;
 * new ones sign up; passers-by give their address; members correct their name, become parents, give a party, come back after a
 * long time, or turn out to have a second card.
 */
export function secondRound(cast: Cast, { returning, hosts, sharedHomes }: Protagonists): Call[] {
  const { firstOrders, joins, newSubscribers, namedPassersBy, corrections, newParents } = SECOND_ROUND;
  return inOrder([
    ...numbers(firstOrders).flatMap((number) => subscriberReturns(number, (visit) => visit.browse().order())),
    ...cast.others.slice(0, joins).flatMap((household, index) => subscriberEntersCard(firstOrders + index, household)),
    ...numbers(newSubscribers).flatMap((index) =>
      subscriberJourney(SUBSCRIBERS + index, dayOf(seeded('new', index), SECOND_ROUND_START, 1)),
    ),
    ...numbers(namedPassersBy).flatMap(passerByGivesName),
    ...cast.members.slice(0, corrections).flatMap(memberCorrectsName),
    ...cast.members
      .slice(-newParents)
      .flatMap((household) => memberReturns(household, 'a child', (visit) => visit.browse().order(DIAPERS))),
    ...hosts.flatMap((household) => memberReturns(household, 'a party', (visit) => visit.order(PARTY_PLATTER))),
    ...returning.flatMap((household) => memberReturns(household, 'a return', (visit) => visit.browse().order())),
    ...sharedHomes.flatMap(({ member, otherCard }) =>
      memberReturns(member, 'a second card', (visit) => visit.identify(memberId(member), { loyalty_id: String(otherCard) })),
    ),
  ]);
}

/** Anonymous visit, sign-up with address and card number, then the app on a phone, log-in there, and a purchase. */
function memberJourney(household: number): Call[] {
  const random = seeded('member', household);
  const { email, first_name, last_name } = customerOf(household);
  const userId = memberId(household);
  const person = `household ${household}`;
  const start = dayOf(random, STORY_START, 80);
  const web = new Visit({ person, channel: 'web', device: `${person} laptop`, start, random })
    .browse()
    .identify(userId, { email, first_name, last_name, loyalty_id: String(household) });
  const app = new Visit({ person, channel: 'app', device: `${person} phone`, start: dayOf(random, start.getTime(), 9), random })
    .browse()
    .identify(userId, { email })
    .order();
  return [...web.calls, ...app.calls];
}

/** In the app, signed in as they left it. */
function memberReturns(household: number, occasion: string, what: (visit: Visit) => Visit): Call[] {
  const random = seeded(occasion, household);
  const person = `household ${household}`;
  const start = dayOf(random, SECOND_ROUND_START, 1);
  return what(new Visit({ person, channel: 'app', device: `${person} phone`, start, random, userId: memberId(household) })).calls;
}

/** On the laptop, with a double name from now on. */
function memberCorrectsName(household: number): Call[] {
  const random = seeded('corrects', household);
  const person = `household ${household}`;
  const { email, last_name } = customerOf(household);
  const start = dayOf(random, SECOND_ROUND_START, 1);
  const newName = `${last_name}-${personName(random).last_name}`;
  return new Visit({ person, channel: 'web', device: `${person} laptop`, start, random }).identify(memberId(household), {
    email,
    last_name: newName,
  }).calls;
}

function subscriberJourney(number: number, start: Date): Call[] {
  const { userId, traits, device, random } = subscriber(number);
  const visit = new Visit({ person: userId, channel: 'web', device, start, random }).browse().identify(userId, traits);
  return (number % CART_EVERY === 0 ? visit.fillCart() : visit).calls;
}

function subscriberReturns(number: number, what: (visit: Visit) => Visit): Call[] {
  const { userId, device } = subscriber(number);
  const random = seeded('subscriber returns', number);
  const start = dayOf(random, SECOND_ROUND_START, 1);
  return what(new Visit({ person: userId, channel: 'web', device, start, random, userId })).calls;
}

function passerByJourney(number: number): Call[] {
  const random = seeded('passer-by', number);
  const device = passerByDevice(number);
  const visit = new Visit({ person: device, channel: 'web', device, start: dayOf(random, STORY_START, 88), random }).browse();
  return (number % CART_EVERY === 0 ? visit.fillCart() : visit).calls;
}

function subscriberEntersCard(number: number, household: number): Call[] {
  return subscriberReturns(number, (visit) => visit.identify(subscriber(number).userId, { loyalty_id: String(household) }));
}

/** Takes the next free subscriber number, so that the address is new. */
function passerByGivesName(number: number): Call[] {
  const { userId, traits, random } = subscriber(SUBSCRIBERS + SECOND_ROUND.newSubscribers + number);
  const device = passerByDevice(number);
  return new Visit({ person: device, channel: 'web', device, start: dayOf(random, SECOND_ROUND_START, 1), random }).identify(userId, traits)
    .calls;
}

/** A web account without a card. Numbers start above every household's, so that no address is used twice. */
function subscriber(number: number): { userId: string; traits: Record<string, string>; device: string; random: Seeded } {
  const random = seeded('subscriber', number);
  const { first_name, last_name } = personName(random);
  return {
    userId: `web-${number + 1}`,
    traits: { email: emailOf(first_name, last_name, 10_000 + number), first_name, last_name },
    device: `subscriber ${number}`,
    random,
  };
}

/** Account of a household; `householdOf` reads it back. */
const memberId = (household: number) => `member-${household}`;
const passerByDevice = (number: number) => `passer-by ${number}`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const inOrder = (calls: Call[]) => calls.sort((a, b) => a.at.getTime() - b.at.getTime());

/** A waking hour on one of the `days` days from `from` on. */
function dayOf(random: Seeded, from: number, days: number): Date {
  return new Date(from + random.between(0, days - 1) * DAY_MS + random.between(8 * 60, 21 * 60) * 60_000);
}
