/** Who the noisy people are: what each has and does, as pure functions of their number. Truth is read off here; rows are made in noisy-people.ts. */
import { drawsOf, geometric } from './draws.ts';

export interface Population {
  readonly people: number;
  readonly seed: number;
}

/** A value as the graph writes it, and whose it is: a person, a kiosk, a firm or a bot. */
export interface TrueIdentifier {
  readonly type: 'user_id' | 'email' | 'phone' | 'device_id' | 'anonymous_id' | 'loyalty_id';
  readonly value: string;
  readonly owner: string;
}

/** What each draw is for: two draws of one person must not be one. */
const FOR = {
  account: 1,
  second: 2,
  email: 3,
  phone: 4,
  recycled: 5,
  devices: 6,
  cookies: 7,
  household: 8,
  firm: 9,
  loyalty: 10,
  junk: 11,
  lends: 12,
  mailbox: 13,
};

const PER_KIOSK = 2_000;
const PER_BOT = 2_000;
const PER_FIRM = 400;
const MAX_DEVICES = 3;
const MAX_COOKIES = 6;

export type People = ReturnType<typeof createPeople>;

/** Person `p` is one of 0 … people - 1; household members are neighbours: an even number and the odd one after it. */
export function createPeople({ people, seed }: Population) {
  const draw = drawsOf(seed);
  const is = (share: number, purpose: number, p: number) => draw(purpose, p) < share;

  const hasAccount = (p: number) => is(0.96, FOR.account, p);
  const hasSecondAccount = (p: number) => hasAccount(p) && is(0.005, FOR.second, p);
  const hasLoyalty = (p: number) => is(0.35, FOR.loyalty, p);
  /** Three of a hundred live with somebody with whom they share a tablet: it is the even one's, who uses it more. Both have accounts to sign in to. */
  const ownsTablet = (p: number) => p % 2 === 0 && p + 1 < people && is(0.03, FOR.household, p) && hasAccount(p) && hasAccount(p + 1);
  /** Somebody else signed in once on a computer of theirs. */
  const lendsComputer = (p: number) => hasAccount(p) && is(0.01, FOR.lends, p);
  /** Their number was somebody else's until summer. */
  const tookPhone = (p: number) => p > 0 && p % 2 === 0 && is(0.01, FOR.recycled, p);
  const gaveUpPhone = (p: number) => tookPhone(p + 1) && p + 1 < people;
  const hasPhone = (p: number) => tookPhone(p) || gaveUpPhone(p) || is(0.55, FOR.phone, p);
  const emails = (p: number) => 1 + geometric(draw(FOR.email, p), 0.2, 2);
  const devices = (p: number) => 1 + geometric(draw(FOR.devices, p), 0.3, MAX_DEVICES - 1);
  const cookies = (p: number, device: number) => 1 + geometric(draw(FOR.cookies, p, device), 0.4, MAX_COOKIES - 1);
  const firmOf = (p: number) => (is(0.01, FOR.firm, p) ? Math.floor((draw(FOR.firm, p, 1) * people) / PER_FIRM) : undefined);
  /** What they type where an e-mail is asked for: in a hundredth of cases one that says nothing about them. */
  const junk = (p: number) =>
    is(0.013, FOR.junk, p) ? (draw(FOR.junk, p, 1) < 0.75 ? 'null@example.com' : 'customer@mailshop.net') : undefined;

  const userId = (p: number, account = 0) => (account === 0 ? `u-${p}` : `u-${p}-${account}`);
  const email = (p: number, place = 0) => (place === 0 ? `person${p}@mail${p % 50}.net` : `p${p}.${place}@post.org`);
  const phone = (p: number) => `+1312${String(5_000_000_000 + (tookPhone(p) ? p - 1 : p)).slice(3)}`;
  const deviceId = (p: number, device: number) => `d-${p}-${device}`;
  const cookieId = (p: number, device: number, cookie: number) => `c-${p}-${device}-${cookie}`;
  const loyaltyId = (p: number) => `L${String(p).padStart(8, '0')}`;

  function* belongingsOf(p: number): Generator<TrueIdentifier> {
    const owner = `person ${p}`;
    if (hasAccount(p)) yield { type: 'user_id', value: userId(p), owner };
    if (hasSecondAccount(p)) yield { type: 'user_id', value: userId(p, 1), owner };
    for (let place = 0; place < emails(p); place += 1) yield { type: 'email', value: email(p, place), owner };
    // A number that changed hands is his who has it now.
    if (hasPhone(p) && !gaveUpPhone(p)) yield { type: 'phone', value: phone(p), owner };
    if (hasLoyalty(p)) yield { type: 'loyalty_id', value: loyaltyId(p), owner };
    for (let device = 0; device < devices(p); device += 1) yield* deviceOf(p, device, cookies(p, device));
    if (ownsTablet(p)) yield* deviceOf(p, MAX_DEVICES, 1);
  }

  function* deviceOf(p: number, device: number, itsCookies: number): Generator<TrueIdentifier> {
    const owner = `person ${p}`;
    yield { type: 'device_id', value: deviceId(p, device), owner };
    for (let cookie = 0; cookie < itsCookies; cookie += 1) yield { type: 'anonymous_id', value: cookieId(p, device, cookie), owner };
  }

  return {
    draw,
    people,
    kiosks: Math.ceil(people / PER_KIOSK),
    bots: Math.ceil(people / PER_BOT),
    /** The device that a household shares comes after those of its owner. */
    tablet: MAX_DEVICES,
    hasAccount,
    hasSecondAccount,
    hasLoyalty,
    ownsTablet,
    lendsComputer,
    tookPhone,
    gaveUpPhone,
    hasPhone,
    emails,
    devices,
    cookies,
    firmOf,
    junk,
    userId,
    email,
    phone,
    deviceId,
    cookieId,
    loyaltyId,
    firmMailbox: (firm: number) => `info@firm${firm}.com`,
    kioskDevice: (kiosk: number) => `kiosk-${kiosk}`,
    kioskCookie: (kiosk: number) => `kc-${kiosk}`,
    botDevice: (bot: number) => `bot-${bot}`,
    botCookie: (bot: number) => `bc-${bot}`,

    /** Everything that anybody has, whether or not it was ever seen. */
    *truth(): Generator<TrueIdentifier> {
      for (let p = 0; p < people; p += 1) yield* belongingsOf(p);
      for (let kiosk = 0; kiosk < this.kiosks; kiosk += 1) {
        yield { type: 'device_id', value: this.kioskDevice(kiosk), owner: `kiosk ${kiosk}` };
        yield { type: 'anonymous_id', value: this.kioskCookie(kiosk), owner: `kiosk ${kiosk}` };
      }
      for (let bot = 0; bot < this.bots; bot += 1) {
        yield { type: 'device_id', value: this.botDevice(bot), owner: `bot ${bot}` };
        yield { type: 'anonymous_id', value: this.botCookie(bot), owner: `bot ${bot}` };
      }
      for (let firm = 0; firm * PER_FIRM < people; firm += 1) yield { type: 'email', value: this.firmMailbox(firm), owner: `firm ${firm}` };
      yield { type: 'email', value: 'customer@mailshop.net', owner: 'junk' };
    },
  };
}
