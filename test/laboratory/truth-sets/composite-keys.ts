/** Links records whose exact values agree in one of several combinations: what composite keys of the rules can do, without any scoring. */
import * as z from 'zod';
import { defineQuery } from '../../../src/warehouse/query.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';
import { componentsOf } from './components.ts';
import type { LinkageSet, MatchKind } from './linkage-set.ts';

/** Each combination names one person in almost every register; a record that lacks a part has no such key. */
const KEYS: readonly (readonly MatchKind[])[] = [
  ['national_id'],
  ['email'],
  ['first_name', 'last_name', 'birth_date'],
  ['last_name', 'birth_date', 'postcode'],
  ['first_name', 'birth_date', 'postcode'],
  ['first_name', 'last_name', 'postcode', 'street_number'],
  ['birth_date', 'postcode', 'street_number'],
  ['birth_date', 'address', 'street_number'],
];

/** The records must have been shown by the matching project: they are read where it loaded them. */
export async function linkByCompositeKeys(warehouse: Warehouse, table: string, set: LinkageSet): Promise<Map<string, string>> {
  const keys = KEYS.filter((parts) => parts.every((part) => set.kinds.includes(part)));
  const pairs = await warehouse.owner.ask(
    defineQuery({
      name: 'bench.composite_keys',
      sql: `
        select min(user_id) as a, arrayJoin(groupArray(user_id)) as b
        from sluice_raw.${table}
        array join [${keys.map(keyOf).join(', ')}] as key
        where key != 0
        group by key
        having count() > 1
      `,
      params: z.object({}),
      row: z.object({ a: z.string(), b: z.string() }),
    }),
    {},
  );
  return componentsOf(
    set.records.map(({ id }) => id),
    pairs.map(({ a, b }) => [a, b] as const),
  );
}

/** 0 when a part is missing. */
function keyOf(parts: readonly MatchKind[]): string {
  const values = parts.map((part) => `lower(trim(${part}))`);
  return `if(${values.map((value) => `${value} != ''`).join(' and ')}, sipHash64('${parts.join('+')}', ${values.join(', ')}), 0)`;
}
