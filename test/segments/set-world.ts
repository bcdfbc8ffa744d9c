/** Lists of identifiers and an audience for the world of random people, with what each says in plain TypeScript. */
import type { PublishedColumn, PublishedModel } from '../../src/catalogue/catalogue.ts';
import { ListDefinition, versionOf, writtenValues } from '../../src/segments/lists/definition.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { runSql } from '../warehouse.ts';

/** What a person is named by. */
interface Named {
  readonly profile_id: string;
  readonly email?: string | null;
  readonly ledger_id?: string;
}

const id = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** The model `regulars`: some twice, one that nobody is, one row without a key. */
const REGULARS = [0, 2, 2, 3, 7, 11, 65_535].map(id);

const WRITTEN: readonly { readonly id: string; readonly of: object | string; readonly values: readonly string[] }[] = [
  { id: 'listed-keys', of: 'profile_id', values: [id(1), id(4).toUpperCase(), ` ${id(9)}\r`, id(65_535), 'nobody', ''] },
  { id: 'listed-emails', of: 'email', values: ['  GENT', "o'brien", 'nl', '100%', '{p0:String}', '\\', '`', 'nobody'] },
  { id: 'listed-texts', of: { trait: 'email' }, values: ['gent', 'NL', "O'Brien", '日本', '"; drop table x --'] },
  { id: 'listed-ledgers', of: { trait: 'ledger_id' }, values: ['1', '9007199254740993', '00', 'abc', '-1', '1e3'] },
  { id: 'listed-nobody', of: 'email', values: [] },
];

export const WORLD_LISTS: ReadonlyMap<string, ListDefinition> = new Map(
  WRITTEN.map((list) => [list.id, ListDefinition.parse({ title: list.id, entity: 'person', ...list })]),
);

export const SETS = [{ audience: 'regulars' }, ...WRITTEN.map((list) => ({ list: list.id }))];

export function isInSet(node: { readonly list: string } | { readonly audience: string }, { profile_id, email, ledger_id }: Named): boolean {
  if ('audience' in node) return REGULARS.includes(profile_id);
  const values = (WRITTEN.find((list) => list.id === node.list)?.values ?? []).map((value) => value.trim());
  switch (node.list) {
    case 'listed-keys':
      return values.some((value) => value.toLowerCase() === profile_id);
    case 'listed-emails':
      return Boolean(email) && values.some((value) => value.toLowerCase() === email?.trim().toLowerCase());
    case 'listed-texts':
      return Boolean(email) && values.includes(email ?? '');
    case 'listed-ledgers':
      return values.some((value) => /^\d+$/.test(value) && BigInt(value) === BigInt(ledger_id ?? 0));
    default:
      return false;
  }
}

export const audienceModel = (schema: string): PublishedModel => ({
  name: 'regulars',
  schema,
  alias: 'regulars',
  description: 'Who comes every week.',
  meta: { sluice: { audience: { entity: 'person', key: 'person_id' }, label: 'Regulars' } },
  columns: [{ name: 'person_id', dataType: 'Nullable(UUID)', description: 'Key.', meta: {} } satisfies PublishedColumn],
});

/** The traits by which lists name people. */
export const UNIQUE_TRAITS: NonNullable<PublishedModel['tests']> = ['email', 'ledger_id'].map((column) => ({
  is: 'unique',
  column,
  isEnforced: true,
}));

/** Beside `createWorld`. What dbt builds of the identity graph is put together here from the profiles: each has its address. */
export async function createSets({ owner }: Warehouse): Promise<void> {
  await runSql(owner, 'create table sluice.regulars (person_id Nullable(UUID)) engine = MergeTree order by tuple()');
  await owner.insert(
    'sluice.regulars',
    [...REGULARS, null].map((person_id) => ({ person_id })),
  );
  const views = [
    `create view sluice.profile_identifiers as select profile_id, 'email' as identifier_type, lowerUTF8(trimBoth(assumeNotNull(email))) as identifier_value from sluice.profiles where email is not null and trimBoth(email) != ''`,
    'create view sluice.list_identifiers as select list_id, version, value, identifier_type, lowerUTF8(value) as identifier_value from sluice_state.list_values',
  ];
  for (const sql of views) await runSql(owner, sql);
  for (const list of WORLD_LISTS.values()) {
    const rows = writtenValues(list).map((value) => ({
      list_id: list.id,
      version: versionOf(list),
      identifier_type: list.of === 'email' ? 'email' : '',
      value,
    }));
    if (rows.length > 0) await owner.insert('sluice_state.list_values', rows);
  }
}
