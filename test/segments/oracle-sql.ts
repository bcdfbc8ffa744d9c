/** Conditions in SQL, each with what it says in plain TypeScript. */
import type { Person } from './world.ts';

const CASES: readonly (readonly [string, (person: Person) => boolean])[] = [
  ["city = 'Gent'", ({ city }) => city === 'Gent'],
  [
    "city in ('NL', 'O''Brien') or ledger_id > 1",
    ({ city, ledger_id: ledger = '0' }) => ['NL', "O'Brien"].includes(city) || BigInt(ledger) > 1n,
  ],
  // Without a value nothing is known, and what is not known does not hold.
  ["country_code != 'NL'", ({ country_code: code }) => code !== null && code !== 'NL'],
  ['is_member and not empty(flags)', ({ is_member: isMember = false, flags = [] }) => isMember && flags.length > 0],
  ['select customer_id from sluice.returns where customer_id is not null and false', () => false],
  ["select profile_id from sluice.profiles where city like 'G%'", ({ city }) => city.startsWith('G')],
];

export const SQL_TEXTS = CASES.map(([sql]) => sql);

export function sqlHolds(sql: string, person: Person): boolean {
  const holds = CASES.find(([text]) => text === sql)?.[1];
  if (holds === undefined) throw new Error(`the oracle does not know the SQL ${sql}`);
  return holds(person);
}
