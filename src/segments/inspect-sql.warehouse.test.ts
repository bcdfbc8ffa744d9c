/** What a condition in SQL may say, and a corpus of what it may not: each way out of its bracket, out of the published tables and out of reading. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRelated, relatedCatalogue } from '../../test/segments/related-world.ts';
import { createWorld } from '../../test/segments/world.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { formatProblem } from '../documents/problem.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { acceptSegment } from './accept.ts';
import { readDefinition } from './document.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createRelated(warehouse);
  await runSql(warehouse.owner, 'create view sluice.shown as select profile_id from sluice.profiles');
});
afterAll(async () => warehouse.close());

const problemsOf = (sql: string, allowsSql = true) => problemsIn({ sql }, allowsSql);

async function problemsIn(where: object, allowsSql = true): Promise<string[]> {
  const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
  if (!read.ok) return read.problems.map((problem) => formatProblem(problem));
  const checked = await acceptSegment(warehouse, read.definition, {
    catalogue: relatedCatalogue(warehouse.prefix),
    segments: new Map(),
    allowsSql,
  });
  return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
}

describe('a condition in SQL', () => {
  test.each([
    "city = 'Gent'",
    "city = 'a) or (1' and city != 'it''s -- no comment'",
    "match(city, '^G.*t$') or city ilike '%gent%'",
    'first_seen_at > now() - interval 30 day',
    'ledger_id = 1 or true',
    "multiIf(city = 'a', 1, city = 'b', 0, is_member) = 1",
    'arrayExists(flag -> flag, flags)',
    "profile_id in (select profile_id from sluice.events where event_name = 'Order Completed')",
    'ledger_id > (select avg(ledger_id) from sluice.profiles)',
    'select profile_id from sluice.shown',
    'with best as (select profile_id, count() as times from sluice.events group by profile_id) select b.profile_id from best as b where b.times > 3',
    'select profile_id from sluice.profiles union all select profile_id from sluice.events',
    'select e.profile_id from sluice.events as e inner join sluice.profiles as p on p.profile_id = e.profile_id order by e.occurred_at limit 10',
  ])('%s is accepted', async (sql) => {
    expect(await problemsOf(sql)).toEqual([]);
  });

  test('is refused where the workspace has not switched it on', async () => {
    expect(await problemsOf("city = 'Gent'", false)).toEqual([
      'where.sql: conditions in SQL are off in this workspace: SLUICE_SEGMENT_SQL=true allows them to whoever applies segments',
    ]);
  });
});

describe('out of its bracket', () => {
  test.each([
    ['1) or (1', 'closes a ) that it has not opened'],
    ['true) union all select profile_id from sluice.profiles where (true', 'closes a ) that it has not opened'],
    ['[1) or (1]', 'closes a ) that it has not opened'],
    ["city = 'a\nb'", 'has quotes over several lines'],
    ['(true', 'opens a ( that it does not close'],
    ["city = 'a", "has a ' that is not closed"],
    ["city = 'a\\'", "has a ' that is not closed"],
    ['true -- ', 'has a comment'],
    ['true /* ', 'has a comment'],
    ['true # ', 'has the character "#" outside of quotes'],
    ['true; drop table sluice.profiles', 'has the character ";" outside of quotes'],
    ['$$)$$ = city', 'has the character "$" outside of quotes'],
    ['\u2018) or (\u2019 = city', 'outside of quotes'],
    ['city = {p0:String}', 'has the character "{" outside of quotes'],
    ['true\u0000', 'outside of quotes'],
    ['true, false', 'cannot be run'],
    ['true from sluice.events', 'is not understood by the warehouse'],
    ['true as profile_id', 'gives something a name'],
    ['true limit 1', 'is not understood by the warehouse'],
    ['true settings max_threads = 1', 'is not understood by the warehouse'],
    ['true format Null', 'is not understood by the warehouse'],
  ])('%s is refused', async (sql, reason) => {
    expect((await problemsOf(sql)).join()).toContain(reason);
  });
});

describe('out of the published tables, and out of reading', () => {
  test.each([
    ['select toUUID(definition) from sluice_state.segment_versions', 'only tables of'],
    ['select member_uuid from sluice_state.segment_members', 'only tables of'],
    ['profile_id in (select member_uuid from sluice_state.segment_members)', 'only tables of'],
    ['profile_id in sluice_state.segment_members', 'has a table behind `in`'],
    ['profile_id not in sluice_state.segment_members', 'has a table behind `in`'],
    ['in(profile_id, sluice_state.segment_members)', 'has a table behind `in`'],
    ["'a\\n      Literal b' in sluice_state.segment_members", 'has a table behind `in`'],
    ['globalNotIn(profile_id, sluice_state.segment_members)', 'has a table behind `in`'],
    ['select toUUID(name) from system.tables', 'system'],
    ['select toUUID(user) from system.users', 'system'],
    ["select toUUID(line) from file('/etc/passwd')", 'reads a table function'],
    ["select toUUID(c1) from url('http://127.0.0.1/', CSV)", 'reads a table function'],
    ["select toUUID(x) from remote('127.0.0.1', system.one)", 'reads a table function'],
    ["select toUUID(x) from executable('id', TSV, 'x String')", 'reads a table function'],
    ["select toUUID(x) from s3('http://127.0.0.1/x')", 'reads a table function'],
    ["select toUUID(x) from merge('.*', '.*')", 'reads a table function'],
    ['select toUUID(x) from (explain select 1)', ''],
    ['select number from numbers(10)', 'reads a table function'],
    ["file('/etc/passwd') != ''", 'calls file'],
    ["dictGet('a.b', 'c', 1) = 1", 'calls dictGet'],
    ["joinGet('a.b', 'c', 1) = 1", 'calls joinGet'],
    ['sleep(3) = 0', 'calls sleep'],
    ['sleepEachRow(3) = 0', 'calls sleepEachRow'],
    ["throwIf(city = 'Gent', 'x') = 0", 'calls throwIf'],
    ["getSetting('max_threads') = 1", 'calls getSetting'],
    ["currentUser() = 'x'", 'calls currentUser'],
    ["hostName() = 'x'", 'calls hostName'],
    ["displayName() = 'x'", 'calls displayName'],
    ["globalVariable('version') = 'x'", 'calls globalVariable'],
    ["DATABASE() = 'x'", 'which a condition may not'],
    ["query_id() = 'x'", 'which a condition may not'],
    ['select profile_id from sluice.profiles settings max_threads = 1', '(Set)'],
    ['select profile_id from (select profile_id from sluice.profiles settings max_threads = 1)', '(Set)'],
    ['select profile_id from sluice.profiles format Null', 'is not understood by the warehouse'],
    ["select profile_id from sluice.profiles into outfile 'x'", 'no plain select'],
    ['select profile_id, city from sluice.profiles', 'has 2 columns'],
    ['select * from sluice.profiles', 'columns: a select is of one'],
    ['select ledger_id from sluice.profiles', 'selects ledger_id UInt64: the keys of person are UUID'],
    ['select nothing from sluice.profiles', 'cannot be run'],
    ['nothing = 1', 'cannot be run'],
    ['city', 'cannot be run'],
    ['with x as (select 1) insert into sluice.profiles select 1', ''],
    ['drop table sluice.profiles', 'is not understood by the warehouse'],
    ["select columns('.*') from sluice.profiles", ''],
  ])('%s is refused', async (sql, reason) => {
    const problems = await problemsOf(sql);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
  });
});

test('a condition on another entity is about the table of that one, and may do no more', async () => {
  const ofAccounts = (sql: string) => problemsIn({ all: [{ related: 'accounts.account', that: { any: [{ sql }] } }] });
  expect(await ofAccounts("name = 'Acme'")).toEqual([]);
  expect(await ofAccounts("city = 'Gent'")).toEqual([expect.stringContaining('where.all[0].that.any[0].sql: cannot be run')]);
  expect(await ofAccounts("file('/etc/passwd') != ''")).toEqual([expect.stringContaining('calls file')]);
});
