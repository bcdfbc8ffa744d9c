/** How a record of somebody comes to differ from the last one: slips of the keyboard, of the scanner, of memory, and life itself. */
import { type Draw, type Person, pick, type World } from './made-up-people.ts';

/** Whole records, because some changes touch several fields at once. */
export type Change = (person: Person, world: World) => Person;

const TEXTS = ['first_name', 'last_name', 'birth_date', 'email', 'phone', 'street_number', 'address', 'city', 'postcode'] as const;

function inOneField(change: (value: string, draw: Draw) => string): Change {
  return (person, { draw }) => {
    const field = pick(draw, TEXTS);
    return { ...person, [field]: change(person[field], draw) };
  };
}

const at = (value: string, draw: Draw) => Math.floor(draw() * value.length);
const replacedAt = (value: string, place: number, by: string) => value.slice(0, place) + by + value.slice(place + 1);

const KEYBOARD = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1234567890'];

/** A neighbouring key, a key left out, a key twice, two keys in the wrong order. */
export const typingError = inOneField((value, draw) => {
  const place = at(value, draw);
  const char = value[place] ?? '';
  const row = KEYBOARD.find((keys) => keys.includes(char));
  const neighbour = row?.[(row.indexOf(char) + 1) % row.length] ?? char;
  return pick(draw, [
    replacedAt(value, place, neighbour),
    replacedAt(value, place, ''),
    replacedAt(value, place, char + char),
    place + 1 < value.length ? replacedAt(replacedAt(value, place, value[place + 1] ?? ''), place + 1, char) : value,
  ]);
});

const LOOK_ALIKES: readonly (readonly [string, string])[] = [
  ['o', '0'],
  ['l', '1'],
  ['i', 'l'],
  ['s', '5'],
  ['b', '8'],
  ['m', 'rn'],
  ['e', 'c'],
  ['h', 'b'],
  ['u', 'v'],
  ['0', '8'],
  ['1', '7'],
  ['3', '8'],
];

export const scanningError = inOneField((value, draw) => {
  const possible = LOOK_ALIKES.filter(([seen]) => value.includes(seen));
  if (possible.length === 0) return value;
  const [seen, read] = pick(draw, possible);
  return value.replace(seen, read);
});

export const missing = inOneField(() => '');

export const shortFirstName: Change = (person, { draw }) => ({
  ...person,
  first_name: pick(draw, [person.first_name.slice(0, 3), person.first_name.slice(0, 1), `${person.first_name.slice(0, 3)}y`]),
});

export const swappedNames: Change = (person) => ({ ...person, first_name: person.last_name, last_name: person.first_name });

export const swappedDate: Change = (person) => {
  const [year, month, day] = person.birth_date.split('-');
  return person.birth_date === '' || Number(day) > 12 ? person : { ...person, birth_date: `${year}-${day}-${month}` };
};

export const moved: Change = (person, world) => ({ ...person, ...world.address() });
export const married: Change = (person, world) => ({ ...person, last_name: world.lastName() });
export const otherEmail: Change = (person, world) => ({ ...person, email: world.email(person.first_name || 'x', person.last_name || 'x') });
export const otherPhone: Change = (person, world) => ({ ...person, phone: world.phone() });
