/** Linkage sets with truth that nobody else has: each with error models of its own, so that one configuration has to fit them all. */
import type { LinkageRecord, LinkageSet, MatchKind } from './linkage-set.ts';
import {
  type Change,
  married,
  missing,
  moved,
  otherEmail,
  otherPhone,
  scanningError,
  shortFirstName,
  swappedDate,
  swappedNames,
  typingError,
} from './made-up-errors.ts';
import { openWorld, type Person, pick, type World } from './made-up-people.ts';

interface Recipe {
  readonly name: string;
  readonly kinds: readonly MatchKind[];
  readonly people: number;
  /** Of first names; fewer means more namesakes. */
  readonly names: number;
  /** Of a person's records beyond the first, the chance of each next one. */
  readonly again: number;
  /** Changes of each further record, drawn one by one. */
  readonly changes: number;
  readonly errors: readonly Change[];
  /** Share of people who live with the person before them. */
  readonly relatives?: number;
  /** Of those, the share born on the same day. */
  readonly twins?: number;
}

const CONTACT: readonly MatchKind[] = ['first_name', 'last_name', 'birth_date', 'email', 'phone', 'city', 'postcode'];
const POSTAL: readonly MatchKind[] = ['first_name', 'last_name', 'birth_date', 'street_number', 'address', 'city', 'postcode', 'region'];

const RECIPES: readonly Recipe[] = [
  {
    name: 'typing',
    kinds: CONTACT,
    people: 1_200,
    names: 150,
    again: 0.45,
    changes: 3,
    errors: [typingError, missing, swappedNames, swappedDate],
  },
  {
    name: 'scanned letters',
    kinds: POSTAL,
    people: 1_200,
    names: 150,
    again: 0.4,
    changes: 3,
    errors: [scanningError, scanningError, missing],
  },
  {
    name: 'people who move',
    kinds: [...POSTAL, 'email', 'phone'],
    people: 1_200,
    names: 150,
    again: 0.4,
    changes: 2,
    errors: [moved, married, otherEmail, otherPhone, typingError, missing],
  },
  {
    name: 'households',
    kinds: [...POSTAL, 'phone'],
    people: 1_200,
    names: 150,
    again: 0.35,
    changes: 2,
    errors: [typingError, missing],
    relatives: 0.4,
    twins: 0.15,
  },
  {
    name: 'namesakes',
    kinds: ['first_name', 'last_name', 'birth_date', 'postcode', 'gender'],
    people: 1_500,
    names: 25,
    again: 0.35,
    changes: 1,
    errors: [typingError, missing, shortFirstName],
  },
  {
    name: 'full names',
    kinds: ['full_name', 'birth_date', 'email', 'city'],
    people: 1_000,
    names: 150,
    again: 0.4,
    changes: 2,
    errors: [typingError, shortFirstName, otherEmail, missing],
  },
  { name: 'nobody twice', kinds: CONTACT, people: 1_500, names: 150, again: 0, changes: 0, errors: [missing], relatives: 0.3, twins: 0.1 },
];

/** All sets; the same for the same seed. */
export function madeUpSets(seed: number): LinkageSet[] {
  return RECIPES.map((recipe, place) => setOf(recipe, openWorld(seed * 1_000 + place, recipe.names)));
}

function setOf(recipe: Recipe, world: World): LinkageSet {
  const records: LinkageRecord[] = [];
  let before = world.person();
  for (let number = 0; number < recipe.people; number += 1) {
    const original = personAfter(before, recipe, world);
    before = original;
    let latest = original;
    do {
      records.push({ id: `record-${records.length + 1}`, person: String(number), values: valuesOf(latest, recipe.kinds) });
      latest = original;
      for (let change = 0; change < recipe.changes; change += 1) latest = pick(world.draw, recipe.errors)(latest, world);
    } while (world.draw() < recipe.again);
  }
  return { name: recipe.name, kinds: recipe.kinds, records };
}

function personAfter(before: Person, recipe: Recipe, world: World): Person {
  if (world.draw() >= (recipe.relatives ?? 0)) return world.person();
  const relative = world.relative(before);
  return world.draw() < (recipe.twins ?? 0) ? { ...relative, birth_date: before.birth_date } : relative;
}

function valuesOf(person: Person, kinds: readonly MatchKind[]): LinkageRecord['values'] {
  const of: Readonly<Record<string, string>> = { ...person, full_name: `${person.first_name} ${person.last_name}`.trim() };
  return Object.fromEntries(kinds.map((kind) => [kind, of[kind] ?? '']));
}
