/**
 * A year of noisy people: what web, app and till see of them, in the order of arrival, with the truth beside it. Signing in and out on shared
 * computers, family tablets, kiosks, junk values, numbers that change hands, role mailboxes, two accounts of one person, bots. The same
 * population is the same rows, for ever.
 */

import { geometric } from './draws.ts';
import { DAY_MS } from './graph.ts';
import { createPeople, type People, type Population } from './people.ts';

export interface NoisyRow {
  readonly source: 'web' | 'pos';
  readonly occurred_at: Date;
  readonly received_at: Date;
  /** '' where nothing was given. Spelled as people and programs spell. */
  readonly user_id: string;
  readonly loyalty_id: string;
  readonly email: string;
  readonly phone: string;
  readonly device_id: string;
  readonly anonymous_id: string;
  /** Whether the row claims that its identifiers are one person's: signing in, signing up, a card at the till. A mere visit does not. */
  readonly is_identifying: boolean;
}

export const YEAR_START = Date.UTC(2025, 0, 1);
const DAYS = 365;
/** When numbers change hands. */
const SUMMER = 180 * DAY_MS;

/** Places in the packed form of a visit. */
const KINDS = ['own', 'household', 'borrowed', 'till', 'kiosk', 'bot', 'crawler'] as const;
type Kind = (typeof KINDS)[number];

interface Visit {
  /** A person; a kiosk or a bot for visits of that kind. */
  readonly who: number;
  readonly kind: Kind;
  readonly device: number;
  readonly cookie: number;
  /** The number of the visit with this cookie. The first one identifies. */
  readonly number: number;
  /** Milliseconds since the year began. */
  readonly at: number;
}

const FOR = { at: 101, more: 102, kind: 103, late: 104, email: 105, phone: 106, account: 107, who: 108, spelling: 109 };
const MAX_VISITS = 63;

/** Rows day by day in the order of arrival; a day's rows are all that is in memory besides 15 bytes per visit. */
export function* noisyRows(population: Population): Generator<NoisyRow[]> {
  const people = createPeople(population);
  const days = packByDay(people);
  for (let day = 0; day < days.starts.length - 1; day += 1) {
    const rows: NoisyRow[] = [];
    for (let place = days.starts[day] ?? 0; place < (days.starts[day + 1] ?? 0); place += 1) rows.push(rowOf(people, days.visit(place)));
    rows.sort((one, other) => one.received_at.getTime() - other.received_at.getTime());
    if (rows.length > 0) yield rows;
  }
}

/** Visits by the day on which word of them arrives, as numbers: a counting sort, for which they are made twice. */
function packByDay(people: People) {
  const dayOf = (visit: Visit) => Math.floor((visit.at + delayOf(people, visit)) / DAY_MS);
  // Late word of the last days comes after the year's end.
  const starts = new Uint32Array(DAYS + 5);
  for (const visit of visits(people)) starts[dayOf(visit) + 1] = (starts[dayOf(visit) + 1] ?? 0) + 1;
  for (let day = 1; day < starts.length; day += 1) starts[day] = (starts[day] ?? 0) + (starts[day - 1] ?? 0);
  const count = starts.at(-1) ?? 0;
  const [at, who, what] = [new Float64Array(count), new Uint32Array(count), new Uint16Array(count)];
  const next = starts.slice();
  for (const visit of visits(people)) {
    const place = next[dayOf(visit)] ?? 0;
    next[dayOf(visit)] = place + 1;
    at[place] = visit.at;
    who[place] = visit.who;
    what[place] = (((KINDS.indexOf(visit.kind) * 4 + visit.device) * 8 + visit.cookie) << 6) + visit.number;
  }
  const visit = (place: number): Visit => {
    const packed = what[place] ?? 0;
    const [number, slot] = [packed & 63, packed >> 6];
    const kind = KINDS[slot >> 5];
    if (!kind) throw new RangeError(`visit ${place} has no kind`);
    return { who: who[place] ?? 0, kind, device: (slot >> 3) & 3, cookie: slot & 7, number, at: at[place] ?? 0 };
  };
  return { starts, visit };
}

/** One in a hundred visits is reported late: a phone without a network. */
function delayOf({ draw }: People, { who, at }: Visit): number {
  const late = draw(FOR.late, who, at);
  return late < 0.01 ? late * 100 * 3 * DAY_MS : late * 2_000;
}

/** Who is where when, in no order. */
function* visits(people: People): Generator<Visit> {
  const year = DAYS * DAY_MS;
  for (let who = 0; who < people.people; who += 1) {
    for (let device = 0; device < people.devices(who); device += 1) yield* visitsOnDevice(people, who, device);
    if (people.ownsTablet(who)) yield* visitsOnTablet(people, who);
    if (people.lendsComputer(who) && people.hasAccount(friendOf(people, who)))
      yield { who, kind: 'borrowed', device: 0, cookie: 0, number: 0, at: timeIn(people, who, 0, 0, 40) };
    if (people.hasLoyalty(who))
      for (let number = 0; number < 3; number += 1)
        yield { who, kind: 'till', device: 0, cookie: 0, number, at: people.draw(FOR.at, who, 200 + number) * year };
  }
  const often = (kind: Kind, who: number, times: number) =>
    Array.from({ length: times }, (_, turn): Visit => {
      // More than the 64 that a number of a visit can say: the rest is in the places that these visits have no use for.
      const place = { device: 0, cookie: Math.floor(turn / 64), number: turn % 64 };
      return { who, kind, ...place, at: people.draw(FOR.at, who, turn, KINDS.indexOf(kind)) * year };
    });
  for (let kiosk = 0; kiosk < people.kiosks; kiosk += 1) yield* often('kiosk', kiosk, 120);
  for (let bot = 0; bot < people.bots; bot += 1) yield* often(bot % 2 === 0 ? 'bot' : 'crawler', bot, 150);
}

/** A cookie lasts until the next one; its first visit identifies, or nobody could ever tell whose it was. */
function* visitsOnDevice(people: People, who: number, device: number): Generator<Visit> {
  for (let cookie = 0; cookie < people.cookies(who, device); cookie += 1) {
    const more = geometric(people.draw(FOR.more, who, device, cookie), 0.7, MAX_VISITS);
    for (let number = 0; number <= more; number += 1)
      yield { who, kind: 'own', device, cookie, number, at: timeIn(people, who, device, cookie, number) };
  }
}

function timeIn(people: People, who: number, device: number, cookie: number, number: number): number {
  const length = (DAYS * DAY_MS) / people.cookies(who, device);
  return (cookie + people.draw(FOR.at, who, device, cookie, number)) * length;
}

/** A dozen visits of its owner, and one or two of the other one of the household. */
function* visitsOnTablet(people: People, who: number): Generator<Visit> {
  const year = DAYS * DAY_MS;
  for (let number = 0; number < 12; number += 1)
    yield { who, kind: 'own', device: people.tablet, cookie: 0, number, at: people.draw(FOR.at, who, 300 + number) * year };
  for (let number = 0; number <= Math.round(people.draw(FOR.more, who, 301)); number += 1)
    yield { who, kind: 'household', device: people.tablet, cookie: 0, number, at: people.draw(FOR.at, who, 320 + number) * year };
}

function rowOf(people: People, visit: Visit): NoisyRow {
  const { who, kind, device, cookie } = visit;
  const times = { occurred_at: new Date(YEAR_START + visit.at), received_at: new Date(YEAR_START + visit.at + delayOf(people, visit)) };
  const nothing = { user_id: '', loyalty_id: '', email: '', phone: '', device_id: '', anonymous_id: '' };
  const web = { ...times, ...nothing, source: 'web' as const, is_identifying: true };
  const theirs = { device_id: people.deviceId(who, device), anonymous_id: people.cookieId(who, device, cookie) };
  switch (kind) {
    case 'own':
      return ownRow(people, visit, { ...web, ...theirs });
    case 'household':
      return { ...web, ...theirs, ...signIn(people, who + 1, visit) };
    case 'borrowed':
      return { ...web, ...theirs, ...signIn(people, friendOf(people, who), visit) };
    case 'till':
      return {
        ...web,
        source: 'pos',
        loyalty_id: people.loyaltyId(who),
        email: visit.number === 0 ? spelled(people, people.email(who), visit) : '',
        phone: visit.number === 1 ? phoneAt(people, who, visit) : '',
      };
    case 'kiosk': {
      const visitor = somebody(people, visit);
      return { ...web, device_id: people.kioskDevice(who), anonymous_id: people.kioskCookie(who), ...signIn(people, visitor, visit) };
    }
    case 'bot': {
      // It tries stolen passwords: one device, and a new user id each time.
      const victim = somebody(people, visit);
      const user_id = people.hasAccount(victim) ? people.userId(victim) : '';
      return { ...web, device_id: people.botDevice(who), anonymous_id: people.botCookie(who), user_id };
    }
    case 'crawler':
      return { ...web, device_id: people.botDevice(who), anonymous_id: people.botCookie(who), is_identifying: false };
  }
}

/** Somebody on a device of their own: signed in anew, still signed in, or not at all. */
function ownRow(people: People, visit: Visit, row: NoisyRow): NoisyRow {
  const { who, number } = visit;
  const mood = number === 0 || isSharedWithOthers(people, visit) ? 0 : people.draw(FOR.kind, who, visit.at);
  if (mood < 0.2) return { ...row, ...signIn(people, who, visit) };
  if (mood < 0.6 && people.hasAccount(who)) return { ...row, user_id: people.userId(who), is_identifying: false };
  return { ...row, is_identifying: false };
}

/** Where others sign in too, nobody stays signed in. */
const isSharedWithOthers = (people: People, { who, device, cookie }: Visit) =>
  device === people.tablet || (people.lendsComputer(who) && device === 0 && cookie === 0);

/** What they say of themselves: the account when they have one, an e-mail, at times a phone. */
function signIn(people: People, who: number, visit: Visit): Pick<NoisyRow, 'user_id' | 'email' | 'phone'> {
  const account = people.hasSecondAccount(who) && people.draw(FOR.account, who, visit.at) < 0.3 ? 1 : 0;
  return {
    user_id: people.hasAccount(who) ? people.userId(who, account) : '',
    email: spelled(people, emailAt(people, who, visit), visit),
    phone: people.draw(FOR.phone, who, visit.at) < 0.4 ? phoneAt(people, who, visit) : '',
  };
}

/** Mostly the first of their e-mails; now and then another, that of their firm, or junk. Who has no account is known by the first alone. */
function emailAt(people: People, who: number, visit: Visit): string {
  const draw = people.draw(FOR.email, who, visit.at);
  if (!people.hasAccount(who)) return people.email(who);
  const [junk, firm] = [people.junk(who), people.firmOf(who)];
  if (junk !== undefined && draw < 0.5) return junk;
  if (firm !== undefined && draw < 0.5) return people.firmMailbox(firm);
  return people.email(who, draw > 0.6 ? Math.floor(((draw - 0.6) / 0.4) * people.emails(who)) : 0);
}

/** Nothing while the number is somebody else's. */
function phoneAt(people: People, who: number, { at }: Visit): string {
  if (!people.hasPhone(who)) return '';
  if (people.gaveUpPhone(who) && at > SUMMER) return '';
  if (people.tookPhone(who) && at < SUMMER) return '';
  const number = people.phone(who);
  // As people write it: with and without the country, in groups.
  const style = Math.floor(people.draw(FOR.spelling, who, at) * 3);
  if (style === 0) return number;
  return style === 1 ? number.slice(2) : `(${number.slice(2, 5)}) ${number.slice(5, 8)}-${number.slice(8)}`;
}

/** Capitals and a space at the end, now and then. */
function spelled({ draw }: People, email: string, { who, at }: Visit): string {
  const mood = draw(FOR.spelling, who, at, 1);
  return mood < 0.05 ? email.toUpperCase() : mood < 0.08 ? `${email} ` : email;
}

const friendOf = ({ people }: People, who: number) => (who + 7) % people;
const somebody = (people: People, { who, at }: Visit) => Math.floor(people.draw(FOR.who, who, at) * people.people);
