/** Makes up people and households, the same for the same seed: names by Zipf's law, dates, places, addresses, contacts. */
import type { MatchKind } from './linkage-set.ts';

export type Person = Readonly<Record<Exclude<MatchKind, 'full_name' | 'address_2' | 'national_id' | 'country'>, string>>;

/** Draws in [0, 1); mulberry32, because a test that fails must fail again. */
export function drawsOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Draw = () => number;

export function pick<T>(draw: Draw, values: readonly T[]): T {
  const value = values[Math.floor(draw() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

const digits = (draw: Draw, count: number) => Array.from({ length: count }, () => Math.floor(draw() * 10)).join('');
const padded = (number: number, width: number) => String(number).padStart(width, '0');

/** A word of syllables: sounds like a name in no language in particular. */
function word(draw: Draw, syllables: number): string {
  const syllable = () => pick(draw, [...'bcdfghjklmnprstvw', 'ch', 'sh', 'th', 'br', 'st']) + pick(draw, [...'aeiou', 'ai', 'ee']);
  return Array.from({ length: syllables }, syllable).join('') + pick(draw, ['', '', 'n', 'r', 's', 'l', 'th']);
}

export interface World {
  readonly draw: Draw;
  person(): Person;
  /** Somebody at the same address with the same last name. */
  relative(of: Person): Person;
  address(): Pick<Person, 'street_number' | 'address' | 'city' | 'postcode' | 'region'>;
  lastName(): string;
  email(first: string, last: string): string;
  phone(): string;
}

/** `names`: how many first names there are; of last names there are five times as many, of cities a fifth. */
export function openWorld(seed: number, names: number): World {
  const draw = drawsOf(seed);
  const wordsOf = (count: number, syllables: number) => Array.from({ length: count }, () => word(draw, syllables + Math.floor(draw() * 2)));
  const firstNames = wordsOf(names, 2);
  const lastNames = wordsOf(names * 5, 2);
  const streets = wordsOf(names * 4, 2);
  const cities = wordsOf(Math.max(5, Math.floor(names / 5)), 2).map((name, place) => ({
    name,
    region: `region ${place % 7}`,
    postcodes: Array.from({ length: 8 }, (_, part) => padded((place * 137 + part * 11) % 10_000, 4) + digits(draw, 1)),
  }));
  /** Zipf: the first of the list is twice as common as the second. */
  const common = <T>(values: readonly T[]): T => {
    const place = Math.floor((values.length + 1) ** draw()) - 1;
    const value = values[Math.min(place, values.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  };
  const email = (first: string, last: string) =>
    `${pick(draw, [`${first}.${last}`, `${first[0]}${last}`, `${first}${digits(draw, 2)}`, `${last}${digits(draw, 3)}`])}@${pick(draw, ['mail', 'post', 'inbox', word(draw, 2)])}.example`;
  const phone = () => `+1555${digits(draw, 7)}`;
  const date = () =>
    `${1930 + Math.floor(draw() * 75)}-${padded(1 + Math.floor(draw() * 12), 2)}-${padded(1 + Math.floor(draw() * 28), 2)}`;
  const address: World['address'] = () => {
    const { name, region, postcodes } = common(cities);
    const kind = pick(draw, ['street', 'road', 'lane', 'avenue']);
    return {
      street_number: String(1 + Math.floor(draw() * 180)),
      address: `${common(streets)} ${kind}`,
      city: name,
      postcode: pick(draw, postcodes),
      region,
    };
  };
  const named = (last: string, place: ReturnType<World['address']>): Person => {
    const first = common(firstNames);
    return {
      first_name: first,
      last_name: last,
      birth_date: date(),
      gender: pick(draw, ['f', 'm']),
      email: email(first, last),
      phone: phone(),
      ...place,
    };
  };
  return {
    draw,
    address,
    email,
    phone,
    lastName: () => common(lastNames),
    person: () => named(common(lastNames), address()),
    relative: ({ last_name, street_number, address: street, city, postcode, region }) =>
      named(last_name, { street_number, address: street, city, postcode, region }),
  };
}
