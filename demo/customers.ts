/**
 * Names, addresses and phones for the households of the grocery loyalty data, which has none.
 * All of it is generated from `household_id` and marked so (`is_generated`); every address is at example.com, and every
 * number is one of those kept for fiction (555-0100 to 555-0199), so that nothing here can reach anybody.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { seeded } from './seeded.ts';

export interface Customer {
  readonly household_id: number;
  readonly email: string;
  readonly phone: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly city: string;
  readonly country_code: string;
  readonly consent_email: boolean;
  readonly is_generated: true;
  /** UTC, `YYYY-MM-DD hh:mm:ss`. */
  readonly updated_at: string;
}

const FIRST_NAMES = [
  ...[
    'Ada',
    'Aisha',
    'Amara',
    'Ana',
    'Anton',
    'Ben',
    'Bianca',
    'Carlos',
    'Chen',
    'Clara',
    'Dana',
    'David',
    'Diego',
    'Elena',
    'Eli',
    'Emma',
  ],
  ...['Farah', 'Felix', 'Grace', 'Hana', 'Hugo', 'Ines', 'Ivan', 'Jada', 'James', 'Jonas', 'Julia', 'Kofi', 'Lara', 'Leo', 'Lin', 'Lucia'],
  ...['Malik', 'Mara', 'Maya', 'Mei', 'Milan', 'Mira', 'Nadia', 'Nils', 'Nora', 'Omar', 'Oscar', 'Paula', 'Priya', 'Rosa', 'Ruth', 'Sam'],
  ...['Sara', 'Sofia', 'Tariq', 'Theo', 'Tomas', 'Uma', 'Vera', 'Victor', 'Wanda', 'Yara', 'Yusuf', 'Zoe'],
] as const;

const LAST_NAMES = [
  ...['Abbott', 'Adeyemi', 'Alvarez', 'Baker', 'Becker', 'Bell', 'Bianchi', 'Brooks', 'Carter', 'Castro', 'Chen', 'Cohen', 'Costa', 'Diaz'],
  ...['Dubois', 'Evans', 'Fischer', 'Flores', 'Garcia', 'Gupta', 'Haddad', 'Hansen', 'Hughes', 'Ito', 'Ivanov', 'Jansen', 'Jones', 'Kaya'],
  ...[
    'Keller',
    'Khan',
    'Kim',
    'Kowalski',
    'Larsen',
    'Lewis',
    'Lopez',
    'Martin',
    'Mbeki',
    'Meyer',
    'Moreau',
    'Morris',
    'Nakamura',
    'Nguyen',
  ],
  ...[
    'Novak',
    'Okafor',
    'Olsen',
    'Park',
    'Patel',
    'Price',
    'Reyes',
    'Rossi',
    'Santos',
    'Sato',
    'Schmidt',
    'Silva',
    'Singh',
    'Torres',
    'Weber',
  ],
] as const;

/** Area code and its city: 32 of them with 100 numbers kept for fiction in each are 3,200 phones. */
const AREAS = [
  ...[
    [205, 'Birmingham'],
    [206, 'Seattle'],
    [210, 'San Antonio'],
    [212, 'New York'],
    [214, 'Dallas'],
    [215, 'Philadelphia'],
    [216, 'Cleveland'],
  ],
  ...[
    [303, 'Denver'],
    [305, 'Miami'],
    [312, 'Chicago'],
    [313, 'Detroit'],
    [314, 'St. Louis'],
    [317, 'Indianapolis'],
    [404, 'Atlanta'],
  ],
  ...[
    [405, 'Oklahoma City'],
    [412, 'Pittsburgh'],
    [414, 'Milwaukee'],
    [415, 'San Francisco'],
    [502, 'Louisville'],
    [503, 'Portland'],
  ],
  ...[
    [504, 'New Orleans'],
    [505, 'Albuquerque'],
    [512, 'Austin'],
    [513, 'Cincinnati'],
    [602, 'Phoenix'],
    [612, 'Minneapolis'],
  ],
  ...[
    [614, 'Columbus'],
    [615, 'Nashville'],
    [617, 'Boston'],
    [702, 'Las Vegas'],
    [704, 'Charlotte'],
    [713, 'Houston'],
  ],
] as [number, string][];
const PHONES = AREAS.length * 100;

/** The customer whom the CRM keeps for this household. Household 1 to 3,200: each has a phone of its own. */
export function customerOf(householdId: number): Customer {
  const random = seeded('customer', householdId);
  const { first_name, last_name } = personName(random);
  const line = (householdId * 1_231) % PHONES; // 1,231 shares no factor with 3,200, so no two households share a phone
  const [areaCode, city] = AREAS[Math.floor(line / 100)] ?? AREAS[0] ?? [212, 'New York'];
  return {
    household_id: householdId,
    email: emailOf(first_name, last_name, householdId),
    phone: `+1${areaCode}55501${String(line % 100).padStart(2, '0')}`,
    first_name,
    last_name,
    city,
    country_code: 'US',
    consent_email: random.chance(0.93),
    is_generated: true,
    updated_at: new Date(Date.UTC(2017, random.between(0, 11), random.between(1, 28), random.between(8, 19)))
      .toISOString()
      .slice(0, 19)
      .replace('T', ' '),
  };
}

export function personName(random: ReturnType<typeof seeded>): { first_name: string; last_name: string } {
  return { first_name: random.pick(FIRST_NAMES), last_name: random.pick(LAST_NAMES) };
}

/** `number` keeps two people of one name apart. */
export function emailOf(firstName: string, lastName: string, number: number): string {
  return `${firstName}.${lastName}.${number}@example.com`.toLowerCase();
}

/** Writes the CRM's export, as a retailer would get it: CSV with a header. */
export async function writeCustomers(path: string, householdIds: readonly number[]): Promise<void> {
  const columns = Object.keys(customerOf(1)) as (keyof Customer)[];
  const lines = function* () {
    yield `${columns.join(',')}\n`;
    for (const id of householdIds) {
      const customer = customerOf(id);
      yield `${columns.map((column) => customer[column]).join(',')}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(path));
}
