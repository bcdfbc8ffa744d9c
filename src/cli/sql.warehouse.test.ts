import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { sluiceCommand } from '../../test/sluice-command.ts';
import { defineQuery } from '../warehouse/query.ts';
import { openWarehouse } from '../warehouse/warehouse.ts';

let home: TestDataDir;
let sluice: ReturnType<typeof sluiceCommand>;

beforeAll(async () => {
  home = await testDataDir();
  sluice = sluiceCommand(home.path);
});
afterAll(() => home?.remove());

const endlessQueries = defineQuery({
  name: 'test.endless_queries',
  sql: `select toUInt32(count()) as n from system.processes where query like 'select count() from numbers(40000000000)%'`,
  params: z.object({}),
  row: z.object({ n: z.number() }),
});

describe('sluice sql', () => {
  test('prints a table', async () => {
    const { code, out } = await sluice.run(['sql', 'select 1 as one, null as nothing, [1, 2] as list']);
    expect(code).toBe(0);
    expect(out).toMatch(/│ one │ nothing │ list +│/);
    expect(out).toMatch(/│ 1 +│ +│ \[1,2\] │/);
  });

  test('says when a table does not show all', async () => {
    expect((await sluice.run(['sql', 'select number from numbers(2000)'])).out).toContain('The first 1000 rows.');
  });

  test('--json prints all rows as an array of objects', async () => {
    const { out } = await sluice.run(['sql', 'select number as n from numbers(2000)', '--json']);
    const rows = JSON.parse(out) as unknown[];
    expect(rows).toHaveLength(2000);
    expect(rows[1999]).toEqual({ n: 1999 });
    expect(JSON.parse((await sluice.run(['sql', 'select 1 where 0', '--json'])).out)).toEqual([]);
  });

  test('--format writes any format of ClickHouse', async () => {
    expect((await sluice.run(['sql', 'select 1 as a, 2 as b;', '--format', 'CSVWithNames'])).out).toBe('"a","b"\n1,2\n');
  });

  test('reads the statement from stdin', async () => {
    expect((await sluice.run(['sql', '-', '--format', 'TSV'], 'select 42\n-- with a comment\n')).out).toBe('42\n');
  });

  test.each([
    ['wrong SQL', 'selec 1', 2, 'warehouse.syntax'],
    ['a table that is not there', 'select * from nowhere', 2, 'warehouse.unknown_table'],
    ['a write', 'insert into sluice_state.migrations (name) values (1)', 2, 'warehouse.denied'],
    ['a file', `select * from file('/etc/passwd', 'LineAsString')`, 2, 'warehouse.denied'],
    ['nothing', ' ', 2, 'sql.empty'],
  ])('%s ends with exit code and hint', async (_, sql, code, error) => {
    const ran = await sluice.run(['sql', sql]);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain(error);
    expect(ran.err).toContain('hint');
    expect(JSON.parse((await sluice.run(['sql', sql, '--json'])).err)).toMatchObject({ error: { code: error } });
  });

  test('an error never follows half an answer', async () => {
    const { code, out } = await sluice.run(['sql', 'select throwIf(number = 900000) from numbers(1000000)', '--format', 'CSV']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  test('Ctrl-C ends the query and exits with 130', async () => {
    const warehouse = await openWarehouse(home.config);
    onTestFinished(() => warehouse.close());
    const child = sluice.start(['sql', 'select count() from numbers(40000000000) where sipHash64(number) = 1']);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await expect.poll(async () => (await warehouse.owner.ask(endlessQueries, {}))[0]?.n, { timeout: 60_000 }).toBe(1);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
  });
});

test('sluice stop ends the server, and says when none runs', async () => {
  await sluice.run(['sql', 'select 1']);
  expect(JSON.parse((await sluice.run(['stop', '--json'])).out)).toEqual({ data_dir: home.path, stopped: ['clickhouse'] });
  expect((await sluice.run(['stop'])).out).toBe('Nothing was running.\n');
});
