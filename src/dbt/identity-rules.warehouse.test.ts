import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { buildWithRules, outcomesOf, withRule, type YamlBlock } from '../../test/identity-rules.ts';
import { askSql, runSql, testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(() => warehouse.close());

const rows = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.owner, sql, row);
const run = (sql: string) => runSql(warehouse.owner, sql);

describe('a rule says how a value is written and which values join no profiles', () => {
  /** [identifier type, value as people write it, value in the graph, reason why it is not used]. */
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['email', ' Ada@Example.COM\t', 'ada@example.com', ''],
    ['email', 'a.d.a+shop@gmail.com', 'a.d.a+shop@gmail.com', ''],
    ['email', 'ÄDA@exämple.de', 'äda@exämple.de', ''],
    ['email', '\u00a0ada＠example.com\u200b', 'ada@example.com', ''],
    ['email', "o'brien\\@example.com", "o'brien\\@example.com", ''],
    ['email', "'; drop table x; -- @example.com", "'; drop table x; -- @example.com", 'not an e-mail address'],
    ['email', ' ', '', 'empty'],
    ['email', 'ada', 'ada', 'not an e-mail address'],
    ['email', 'ada@localhost', 'ada@localhost', 'test address'],
    ['email', 'NULL', 'null', 'placeholder'],
    ['email', 'null@example.com', 'null@example.com', 'test address'],
    ['email', 'Test1@shop.com', 'test1@shop.com', 'test address'],
    ['email', 'ada@shop.invalid', 'ada@shop.invalid', 'test address'],
    ['email', 'No-Reply@shop.com', 'no-reply@shop.com', 'unread mailbox'],
    ['email', 'info+web@shop.com', 'info+web@shop.com', 'role mailbox'],
    ['email', 'information@shop.com', 'information@shop.com', ''],
    ['email', 'testa@shop.com', 'testa@shop.com', ''],
    ['email', 'front.desk@hotel.com', 'front.desk@hotel.com', 'blocked value'],
    ['email', 'desk-17@shop.com', 'desk-17@shop.com', 'blocked pattern'],
    ['email', `${'a'.repeat(510)}@b.com`, `${'a'.repeat(510)}@b.com`, 'too long'],
    ['email_of_person', 'A.d.a+Shop@GoogleMail.com', 'ada@gmail.com', ''],
    ['email_of_person', 'a.da+shop+2@example.com', 'a.da@example.com', ''],
    ['email_of_person', '+tag@example.com', '+tag@example.com', ''],
    ['phone', '(212) 555-0147', '+12125550147', ''],
    ['phone', '1 212 555 0147', '+12125550147', ''],
    ['phone', '+44 (0)20 7946 0958', '+442079460958', ''],
    ['phone', '0044 20 7946 0958', '+442079460958', ''],
    ['phone', '011 44 20 7946 0958', '+442079460958', ''],
    ['phone', '212-555-0147 ext. 12', '+12125550147', ''],
    ['phone', '212-555-0147x3', '+12125550147', ''],
    ['phone', '＋１ ２１２ ５５５ ０１４７', '+12125550147', ''],
    ['phone', 'call me', '', 'empty'],
    ['phone', '000-000-0000', '+00000000', 'zeros'],
    ['phone', '999 999 9999', '+19999999999', 'repeated digits'],
    ['phone', '12345', '+112345', 'not a phone number'],
    ['phone_in_britain', '020 7946 0958', '+442079460958', ''],
    ['phone_in_britain', '+1 212 555 0147', '+12125550147', ''],
    ['phone_in_italy', '06 1234 5678', '+390612345678', ''],
    ['phone_in_russia', '8 (495) 123-45-67', '+74951234567', ''],
    ['code', '  AbC-1 ', 'abc-1', ''],
    ['code', 'STRASSE Ä', 'strasse ä', ''],
    ['code', 'e\u0301', 'é', ''],
    ['login', ' Ada\n', 'Ada', ''],
    ['login', 'Ada', 'Ada', ''],
    ['login', '\\N', '\\N', ''],
    ['login', '00-00.00', '00-00.00', 'zeros'],
    ['login', '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', 'zeros'],
    ['login', 'undefined', 'undefined', 'placeholder'],
    ['login', '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}', '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}', ''],
    ['login', '{{visitor.id}}', '{{visitor.id}}', 'unfilled template'],
    ['email', '{{name}}@shop.com', '{{name}}@shop.com', 'unfilled template'],
    ['email', '*|EMAIL|*', '*|email|*', 'unfilled template'],
    ['code', 'Неизвестно', 'неизвестно', 'placeholder'],
    ['raw', '{{ 2 }}', '{{ 2 }}', ''],
    ['login', '0012', '0012', ''],
    ['raw', ' as it is ', ' as it is ', ''],
    ['raw', 'null', 'null', ''],
    ['member', 'M-0042', '42', ''],
    ['member', 'x', 'x', 'not as the pattern wants it'],
    ['hostile', "it's", "it's", 'blocked value'],
    ['hostile', '\\', '\\', 'blocked value'],
    ['hostile', '{{ 1 }}', '{{ 1 }}', 'blocked value'],
    ['hostile', '%s {x:String} ; --', '%s {x:String} ; --', 'blocked value'],
    ['hostile', "a'b\\c", "a'b\\c", 'blocked pattern'],
    ['hostile', 'ok', 'ok', ''],
    ['domain', 'https://www.Shop.example.co.uk/cart?x=1', 'example.co.uk', ''],
    ['domain', 'ada@mail.bücher.de', 'bücher.de', ''],
    ['domain', 'localhost', '', 'empty'],
    ['domain', '10.0.0.1', '', 'empty'],
  ];

  const person: YamlBlock = {
    email: {
      priority: 1,
      normalise: 'email',
      block: {
        classes: ['placeholder', 'template', 'zeros', 'test_address', 'unread_mailbox', 'role_mailbox'],
        values: ['Front.Desk@Hotel.com'],
        patterns: ['^desk-[0-9]+@'],
      },
    },
    email_of_person: { priority: 2, normalise: { email: { strip_plus_tag: true, strip_gmail_dots: true } } },
    phone: { priority: 3, normalise: 'phone', block: { classes: ['placeholder', 'zeros', 'repeated_digits'] } },
    phone_in_britain: { priority: 4, normalise: { phone: { country_calling_code: '44' } } },
    phone_in_italy: { priority: 5, normalise: { phone: { country_calling_code: 39 } } },
    phone_in_russia: { priority: 5, normalise: { phone: { country_calling_code: '7' } } },
    code: { priority: 6, normalise: 'lower' },
    login: { priority: 7 },
    raw: { priority: 8, normalise: 'none', block: { classes: [] } },
    member: { priority: 9, normalise: { macro: 'number_of_member' }, pattern: '^[0-9]+$' },
    hostile: {
      priority: 10,
      normalise: 'none',
      block: { values: ["it's", '\\', '{{ 1 }}', '%s {x:String} ; --'], patterns: ["^a'b\\\\c$"] },
    },
  };
  const account: YamlBlock = { domain: { priority: 1, normalise: 'domain' } };

  const found = new Map<string, { readonly value: string; readonly reason: string }>();
  const key = (type: string, written: string) => `${type}: ${written}`;

  beforeAll(async () => {
    await run('create table sluice_raw.test_written (type String, written String) engine = MergeTree order by type');
    await warehouse.owner.insert(
      'sluice_raw.test_written',
      cases.map(([type, written]) => ({ type, written })),
      { columns: ['type', 'written'] },
    );
    const result = await buildWithRules(warehouse, {
      vars: { identity: { entities: { person: { identifiers: person }, account: { identifiers: account } } } },
      macros: `{% macro number_of_member(value) %}replaceRegexpOne({{ value }}, '^M-0*', ''){% endmacro %}`,
      models: {
        'spellings.sql': `
          select type, written, entity, value, {{ block_reason('entity', 'type', 'value') }} as reason,
            {{ type_number_of('type', 'entity') }} as number, {{ type_name_of('number') }} as name
          from (
            {%- for known in identity_types() %}
            select type, written, '{{ known.entity }}' as entity, {{ normalise_identifier(known.entity, known.name, 'written') }} as value
            from ${warehouse.databases.raw}.test_written where type = '{{ known.name }}'
            {{ 'union all' if not loop.last }}
            {%- endfor %}
          )`,
      },
    });
    expect(outcomesOf(result)).toEqual({ spellings: 'built' });
    const spelling = z.object({
      type: z.string(),
      written: z.string(),
      value: z.string(),
      reason: z.string(),
      number: z.number(),
      name: z.string(),
    });
    for (const row of await rows('select * from sluice.spellings', spelling)) found.set(key(row.type, row.written), row);
  });

  test.each(cases)('%s: %j is %j, %s', (type, written, value, reason) => {
    expect(found.get(key(type, written))).toMatchObject({ value, reason, name: type });
  });

  test('and types are numbered by priority, then name, accounts after persons', async () => {
    const numbers = await rows(
      'select distinct name, number from sluice.spellings order by number',
      z.object({ name: z.string(), number: z.number() }),
    );
    expect(numbers.map(({ name }) => name)).toEqual([...Object.keys(person), ...Object.keys(account)]);
    expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('a composite', () => {
  const people: readonly (readonly [string, string, string, string, string])[] = [
    ["O'Brien  de\u00a0Souza ", '1980-01-31', 'SW1A 1AA', 'a', "o'brien de souza|19800131|sw1a1aa"],
    ["o'brien de souza", '19800131', 'sw1a-1aa', 'a', "o'brien de souza|19800131|sw1a1aa"],
    ['ŁUKASZ', '1980-01-31 00:00:00', '00-001', 'a', 'łukasz|19800131|00001'],
    ['a|b', '1980-01-31', '1', 'a', 'a b|19800131|1'],
    ['', '1980-01-31', '1', 'a part is empty', ''],
    ['Doe', '', '1', 'a part is empty', ''],
    ['Doe', '1980-01-31', ' - ', 'a part is empty', ''],
    ['Unknown', '1980-01-31', '1', 'a placeholder', ''],
    ['Doe', '0000-00-00', '1', 'zeros', ''],
    ['TEST-Person', '1980-01-31', '1', 'a listed value', ''],
  ];

  test('is the normalised parts together, and absent when one is empty or blocked', async () => {
    await run(
      'create table sluice_raw.test_people (place UInt8, last_name String, born Nullable(String), postcode String) engine = MergeTree order by place',
    );
    await warehouse.owner.insert(
      'sluice_raw.test_people',
      people.map(([last_name, born, postcode], place) => ({ place, last_name, born, postcode })),
      { columns: ['place', 'last_name', 'born', 'postcode'] },
    );
    const result = await buildWithRules(warehouse, {
      vars: {
        identity: withRule('entities.person.composites.household', {
          parts: ['last_name', { birth_date: 'date' }, { postcode: 'code' }],
          priority: 3,
          block: { values: ['Test-Person'] },
        }),
      },
      models: {
        'staging/stg_people.sql': `select * from ${warehouse.databases.raw}.test_people`,
        'staging/stg_people.yml': `
          models:
            - name: stg_people
              columns:
                - { name: last_name, meta: { sluice: { part: last_name } } }
                - { name: born, meta: { sluice: { part: birth_date, entity: person } } }
                - { name: postcode, meta: { sluice: { part: postcode } } }`,
        'composites.sql': `
          {% if execute %}{% do verify_identity_rules(identity_rules()) %}{% set composite = declared_composites('stg_people')[0] %}{% endif %}
          select place, '{{ composite.type }}' as type, {{ composite.columns }} as columns, {{ composite.value or "''" }} as value from {{ ref('stg_people') }}`,
      },
    });
    expect(outcomesOf(result)).toEqual({ stg_people: 'built', composites: 'built' });
    const row = z.object({ type: z.string(), columns: z.array(z.string()), value: z.string() });
    expect(await rows('select type, columns, value from sluice.composites order by place', row)).toEqual(
      people.map(([, , , , value]) => ({ type: 'household', columns: ['last_name', 'born', 'postcode'], value })),
    );
  });
});

describe('the fingerprints', () => {
  const email = 'entities.person.identifiers.email';
  const base = withRule(`${email}.normalise`, { macro: 'big_letters' });
  const blocks: YamlBlock = {
    base,
    default_written: withRule('entities.person.survivor', 'oldest', base),
    same_macro: withRule(`${email}.normalise`, { macro: 'big_letters_too' }),
    other_macro: withRule(`${email}.normalise`, { macro: 'small_letters' }),
    pattern: withRule(`${email}.pattern`, '@', base),
    order: withRule(`${email}.priority`, 1, withRule('entities.person.identifiers.user_id.priority', 2, base)),
    limit: withRule(`${email}.limit`, 3, base),
    cap: withRule(`${email}.caps`, { user_id: 3 }, base),
    policy: withRule('entities.person.on_conflict', 'first', base),
    sightings: withRule('entities.person.sightings', { min: 7 }, base),
  };

  test('tell a change of what an identifier is from a change of what is done with the edges', async () => {
    const result = await buildWithRules(warehouse, {
      vars: { identity: {}, blocks },
      macros: `
        {% macro big_letters(value) %}upper({{ value }}){% endmacro %}
        {% macro big_letters_too(value) %}upper({{ value }}){% endmacro %}
        {% macro small_letters(value) %}lower({{ value }}){% endmacro %}`,
      models: {
        // One build for all of them: each block replaces the one before.
        'fingerprints.sql': `
          {% for name, block in var('blocks').items() if execute %}
          {%- do var('identity').clear() or var('identity').update(block) %}
          select '{{ name }}' as name, '{{ identity_fingerprint('values') }}' as of_values, '{{ identity_fingerprint('guards') }}' as of_guards
          {{ 'union all' if not loop.last }}
          {% endfor %}`,
      },
    });
    expect(outcomesOf(result)).toEqual({ fingerprints: 'built' });
    const found = await rows(
      'select * from sluice.fingerprints',
      z.object({ name: z.string(), of_values: z.string(), of_guards: z.string() }),
    );
    const first = found.find(({ name }) => name === 'base');
    const changed = (half: 'of_values' | 'of_guards') => found.filter((row) => row[half] !== first?.[half]).map(({ name }) => name);
    expect(changed('of_values').sort()).toEqual(['order', 'other_macro', 'pattern']);
    expect(changed('of_guards').sort()).toEqual(['cap', 'limit', 'order', 'policy', 'sightings']);
  });
});
