import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { copyOfProject, testDbt } from '../../test/dbt.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Dbt } from './dbt.ts';

let warehouse: Warehouse;
let dbt: Dbt;
beforeAll(async () => {
  warehouse = await testWarehouse();
  dbt = await testDbt(warehouse);
});
afterAll(async () => {
  await dbt.close();
  await warehouse.close();
});

const nothing = z.object({});
const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) => rowsOf(warehouse.reader, sql);
const texts = async (sql: string) =>
  (
    await warehouse.owner.ask(
      defineQuery({
        name: 'test.accounts',
        sql: `select toString(x) as x from (${sql})`,
        params: nothing,
        row: z.object({ x: z.string() }),
      }),
      {},
    )
  ).map((row) => row.x);

interface Call {
  readonly type: 'identify' | 'group' | 'track';
  readonly at: string;
  readonly userId: string;
  readonly groupId?: string;
  readonly event?: string;
  readonly traits?: object;
  readonly properties?: object;
}

let lastMessage = 0;

/** As the landing writes accepted messages. */
async function collect(...calls: readonly Call[]): Promise<void> {
  await warehouse.owner.insert(
    'sluice_raw.events',
    calls.map((call) => {
      lastMessage += 1;
      return {
        message_id: `m${lastMessage}`,
        type: call.type,
        event: call.event ?? '',
        source: 'web',
        anonymous_id: '',
        user_id: call.userId,
        previous_id: '',
        group_id: call.groupId ?? '',
        occurred_at: call.at,
        received_at: call.at,
        message: JSON.stringify({ ...call, messageId: `m${lastMessage}` }),
      };
    }),
  );
}

/** A load replaces the table: rows that are not among `values` are gone. */
async function load(table: string, columns: string, ...values: readonly string[]): Promise<void> {
  await run(
    `create or replace table sluice_raw.${table} engine = MergeTree order by tuple() as select * from values('${columns}', ${values.join(', ')})`,
  );
}

const loadAccounts = (...values: readonly string[]) =>
  load(
    'crm__accounts',
    'crm_account_id String, name String, domain String, tax_id String, parent_account_id String, billing_customer_id String, updated_at String',
    ...values,
  );
const loadContacts = (...values: readonly string[]) =>
  load('crm__contacts', 'crm_account_id String, email String, role String, created_at String, updated_at String', ...values);

/** The models and tests that failed. Skipped ones are left out: they were skipped because of these. */
async function build(by: Dbt = dbt): Promise<void> {
  const result = await by.build();
  const problems = [
    ...result.models.filter((model) => model.status === 'error').map((model) => `${model.name}: ${model.error?.message}`),
    ...result.tests.filter(({ status }) => !['pass', 'warn', 'skipped'].includes(status)).map(({ name, message }) => `${name}: ${message}`),
  ];
  expect(problems).toEqual([]);
}

/** `account: role source primary` of each account with at least one member. */
const membershipsOf = (userId: string) =>
  texts(`
    select concat(accounts.name, ': ', ifNull(role, '-'), ' ', source, if(is_primary, ' primary', '')) as x
    from sluice.account_members
    inner join sluice.accounts on accounts.account_id = account_members.account_id
    inner join sluice.profiles on profiles.profile_id = account_members.profile_id
    where profiles.user_id = '${userId}'
    order by x
  `);

const ACME = `('A1', 'Acme Ltd', 'ACME.co.uk.', 'GB1', 'H1', 'cus_1', '2024-01-01 00:00:00')`;
const HOLDING = `('H1', 'Holding', 'holding.com', 'US1', '', '', '2024-01-01 00:00:00')`;
const TWINS = [
  `('T1', 'Twin One', 'twin.de', 'DE1', '', '', '2024-01-01 00:00:00')`,
  `('T2', 'Twin Two', 'twin.de', 'DE2', '', '', '2024-01-02 00:00:00')`,
];
/** R1 is a part of R2 and R2 of R1; R3 has a parent in that circle without being on it. */
const RING = [
  `('R1', 'Ring One', '', '', 'R2', '', '2024-01-01 00:00:00')`,
  `('R2', 'Ring Two', '', '', 'R1', '', '2024-01-05 00:00:00')`,
  `('R3', 'Ring Three', '', '', 'R1', '', '2024-01-09 00:00:00')`,
  `('S1', 'Self', '', '', 'S1', '', '2024-01-01 00:00:00')`,
];

/** A chain of parents, the first at the top: `L0 ← L1 ← …`. */
const chain = (length: number) =>
  Array.from({ length }, (_, level) => `('L${level}', 'Level ${level}', '', '', '${level === 0 ? '' : `L${level - 1}`}', '', '')`);

describe('accounts', () => {
  beforeAll(async () => {
    await collect(
      { type: 'identify', at: '2024-02-01 10:00:00', userId: 'ada', traits: { email: 'Ada+news@Mail.Acme.co.uk' } },
      { type: 'identify', at: '2024-02-02 10:00:00', userId: 'bob', traits: { email: 'bob@acme.co.uk' } },
      { type: 'identify', at: '2024-02-03 10:00:00', userId: 'cleo', traits: { email: 'cleo@gmail.com' } },
      {
        type: 'group',
        at: '2024-02-03 11:00:00',
        userId: 'cleo',
        groupId: 'g-acme',
        traits: { name: 'ACME', website: 'https://www.acme.co.uk/about', role: 'admin' },
      },
      { type: 'group', at: '2024-02-09 11:00:00', userId: 'cleo', groupId: 'g-acme', traits: { name: 'Acme of the site' } },
      { type: 'identify', at: '2024-02-04 10:00:00', userId: 'dora', traits: { email: 'dora@gmail.com' } },
      { type: 'identify', at: '2024-02-04 10:00:00', userId: 'emil', traits: { email: 'emil@192.168.0.1' } },
      { type: 'group', at: '2024-02-04 11:00:00', userId: 'emil', groupId: 'null' },
      { type: 'identify', at: '2024-02-06 10:00:00', userId: 'finn' },
      { type: 'group', at: '2024-02-06 11:00:00', userId: 'finn', groupId: 'g-holding', traits: { name: 'A holding' } },
      { type: 'track', at: '2024-02-05 10:00:00', userId: 'bob', event: 'Order Completed', properties: { order_id: 'o1', revenue: 20 } },
    );
    await loadAccounts(ACME, HOLDING, ...TWINS, ...RING);
    await loadContacts(
      `('H1', 'Bob@acme.co.uk', 'buyer', '2023-05-01 00:00:00', '2024-06-01 00:00:00')`,
      `('A1', 'bob@acme.co.uk', '', '2023-06-01 00:00:00', '2023-06-02 00:00:00')`,
    );
    await build();
  });

  test('join the CRM, the group calls and the addresses of one company', async () => {
    expect(
      await rows(
        `select name, name_source, domain, crm_account_id, group_id, tax_id, member_count, identified_member_count, sources
         from sluice.accounts where domain = 'acme.co.uk'`,
      ),
    ).toEqual([
      {
        name: 'Acme Ltd',
        name_source: 'crm',
        domain: 'acme.co.uk',
        crm_account_id: 'A1',
        group_id: 'g-acme',
        tax_id: 'GB1',
        member_count: 3,
        identified_member_count: 3,
        sources: ['crm', 'web'],
      },
    ]);
  });

  test('have the members that a contact, a group call or an e-mail address puts there, with role and source', async () => {
    expect(await membershipsOf('ada')).toEqual(['Acme Ltd: - email_domain primary']);
    expect(await membershipsOf('cleo')).toEqual(['Acme Ltd: admin group_call primary']);
  });

  test('say since when a person belongs to them, and when that was last seen', async () => {
    expect(
      await rows(
        `select toString(since) as since, toString(last_seen_at) as last_seen_at from sluice.account_members
         where profile_id = (select profile_id from sluice.profiles where user_id = 'cleo')`,
      ),
    ).toEqual([{ since: '2024-02-03 11:00:00.000', last_seen_at: '2024-02-09 11:00:00.000' }]);
  });

  test('come from no free mail service, no IP address and no placeholder', async () => {
    expect(await membershipsOf('dora')).toEqual([]);
    expect(await membershipsOf('emil')).toEqual([]);
    expect(await texts("select domain as x from sluice.accounts where domain like '%gmail%' or domain like '%0.1'")).toEqual([]);
  });

  test('share a person, whose orders count with the one that knows them best', async () => {
    expect(await membershipsOf('bob')).toEqual(['Acme Ltd: - crm_contact', 'Holding: buyer crm_contact primary']);
    expect(
      await texts("select (name, revenue_total) as x from sluice.accounts where name in ('Acme Ltd', 'Holding') order by name"),
    ).toEqual(["('Acme Ltd',0)", "('Holding',20)"]);
    expect(
      await texts(
        `select name as x from sluice.accounts
         where account_id = (select primary_account_id from sluice.profiles where user_id = 'bob')`,
      ),
    ).toEqual(['Holding']);
  });

  test('stay apart when their tax numbers differ, whatever domain they share', async () => {
    expect(await texts("select name as x from sluice.accounts where domain = 'twin.de' order by name")).toEqual(['Twin One', 'Twin Two']);
  });

  test('form a tree: a ring is cut at the parent that was given last, with the reason, and nothing else is', async () => {
    expect(
      await texts(
        `select (child.name, parent.name) as x from sluice.accounts as child
         inner join sluice.accounts as parent on parent.account_id = child.parent_account_id
         order by child.name`,
      ),
    ).toEqual(["('Acme Ltd','Holding')", "('Ring One','Ring Two')", "('Ring Three','Ring One')"]);
    expect(
      await texts(
        `select (name, cut_reason) as x from sluice_identity.account_hierarchy as hierarchy
         inner join sluice.accounts on accounts.account_id = hierarchy.account_id
         where is_cut order by name`,
      ),
    ).toEqual(["('Ring Two','its parents lead back to it')", "('Self','it is its own parent')"]);
  });

  test('are what a group call belongs to', async () => {
    expect(
      await texts(
        `select (accounts.name, count()) as x from sluice.events
         inner join sluice.accounts on accounts.account_id = events.account_id group by accounts.name order by x`,
      ),
    ).toEqual(["('A holding',1)", "('Acme Ltd',2)"]);
    expect(await texts('select count() as x from sluice.events where account_id is null')).toEqual(['8']);
  });

  test('do not join people, and their identifiers are in no table of people', async () => {
    expect(await texts('select user_id as x from sluice.profiles order by x')).toEqual(['ada', 'bob', 'cleo', 'dora', 'emil', 'finn']);
    expect(await texts('select distinct identifier_type as x from sluice.profile_identifiers order by x')).toEqual(['email', 'user_id']);
    const accountIds = 'select account_id from sluice.accounts';
    for (const table of ['profiles', 'profile_traits', 'profile_identifiers', 'profile_aliases', 'orders', 'events']) {
      expect(await texts(`select count() as x from sluice.${table} where profile_id in (${accountIds})`), table).toEqual(['0']);
    }
  });

  describe('after the next load', () => {
    let before: string[];
    beforeAll(async () => {
      before = await texts("select account_id as x from sluice.accounts where name = 'Acme Ltd'");
      // The site learns which account of the CRM a company is.
      await collect({ type: 'group', at: '2024-03-01 10:00:00', userId: 'finn', groupId: 'g-holding', traits: { crmAccountId: 'H1' } });
      await loadAccounts(ACME, HOLDING, ...TWINS, ...chain(103));
      await loadContacts(`('A1', 'dora@gmail.com', 'owner', '2024-03-01 00:00:00', '2024-03-01 00:00:00')`);
      await build();
    });

    test('lose the contacts that are gone, and keep what other sources say', async () => {
      expect(await membershipsOf('bob')).toEqual(['Acme Ltd: - email_domain primary']);
      expect(await membershipsOf('dora')).toEqual(['Acme Ltd: owner crm_contact primary']);
    });

    test('are cut off where their parents go on for more than 100 levels', async () => {
      expect(
        await texts(
          `select accounts.name as x from sluice_identity.account_hierarchy as hierarchy
           inner join sluice.accounts on accounts.account_id = hierarchy.account_id where is_cut order by x`,
        ),
      ).toEqual(['Level 101', 'Level 102']);
    });

    test('become one when something says that they are, and no alias of theirs is among those of people', async () => {
      expect(await membershipsOf('finn')).toEqual(['Holding: - group_call primary']);
      expect(await texts("select (name, group_id) as x from sluice.accounts where crm_account_id = 'H1'")).toEqual([
        "('Holding','g-holding')",
      ]);
      expect(await texts('select count() as x from sluice.profile_aliases')).toEqual(['0']);
      expect(await texts("select distinct entity as x from sluice.profile_changes where kind = 'merge'")).toEqual(['account']);
    });

    test('keep their ids', async () => {
      expect(await texts("select account_id as x from sluice.accounts where name = 'Acme Ltd'")).toEqual(before);
    });

    test('lose the members that they had through a domain which turns out to be a provider of mailboxes', async () => {
      const project = await copyOfProject({ withModels: true });
      await appendFile(join(project.packageDir, 'sql/seeds/freemail_domains.csv'), 'acme.co.uk,provider\n');
      const other = await testDbt(warehouse, { projectDir: project.dir });
      await build(other);
      await other.close();
      await project.remove();
      expect(await membershipsOf('ada')).toEqual([]);
      expect(await membershipsOf('dora')).toEqual(['Acme Ltd: owner crm_contact primary']);
    });
  });
});

describe('the registrable domain', () => {
  const cases: Readonly<Record<string, string>> = {
    'example.com': 'example.com',
    'Mail.Example.CO.UK': 'example.co.uk',
    'mail.example.com.tr': 'example.com.tr',
    'a.b.example.com.au.': 'example.com.au',
    ' https://user:pw@www.acme.io:8443/about?x=1#y ': 'acme.io',
    'www.acme.io/team': 'acme.io',
    'ada@news.acme.io': 'acme.io',
    'MÜLLER.de': 'müller.de',
    'mail.xn--mller-kva.de': 'xn--mller-kva.de',
    'почта.пример.рф': 'пример.рф',
    'acme.technology': 'acme.technology',
    'x.com': 'x.com',
    // Nobody can have registered these.
    '192.168.0.1': '',
    'http://10.0.0.1/': '',
    '[2001:db8::1]': '',
    localhost: '',
    'co.uk': '',
    'gov.uk': '',
    com: '',
    'acme..com': '',
    '-acme.com': '',
    'acme.c': '',
    'not a domain.com': '',
    'Acme Ltd.': '',
    '': '',
  };

  test('is taken from domains, web addresses and e-mail addresses, and is empty for any other text', async () => {
    const project = await copyOfProject({ withModels: false });
    const values = Object.keys(cases).map((value) => `'${value}'`);
    await project.write(
      'domains',
      `select value, {{ registrable_domain('value') }} as domain from (select arrayJoin([${values}]) as value)`,
    );
    const other = await testDbt(warehouse, { projectDir: project.dir });
    await other.build();
    await other.close();
    await project.remove();

    const found = await warehouse.owner.ask(
      defineQuery({
        name: 'test.domains',
        sql: 'select value, domain from sluice.domains',
        params: nothing,
        row: z.object({ value: z.string(), domain: z.string() }),
      }),
      {},
    );
    expect(Object.fromEntries(found.map(({ value, domain }) => [value, domain]))).toEqual(cases);
  });
});
