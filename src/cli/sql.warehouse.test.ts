import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
let home: TestDataDir;

beforeAll(async () => {
  home = await testDataDir();
});
afterAll(() => home?.remove());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function sluice(args: readonly string[], stdin = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, SLUICE_DATA_DIR: home.path, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, [MAIN, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
    child.stdin?.end(stdin);
  });
}

describe('sluice sql', () => {
  test('prints a table', async () => {
    const { code, out } = await sluice(['sql', 'select 1 as one, null as nothing, [1, 2] as list']);
    expect(code).toBe(0);
    expect(out).toMatch(/│ one │ nothing │ list +│/);
    expect(out).toMatch(/│ 1 +│ +│ \[1,2\] │/);
  });

  test('says when a table does not show all', async () => {
    expect((await sluice(['sql', 'select number from numbers(2000)'])).out).toContain('The first 1000 rows.');
  });

  test('--json prints all rows as an array of objects', async () => {
    const { out } = await sluice(['sql', 'select number as n from numbers(2000)', '--json']);
    const rows = JSON.parse(out) as unknown[];
    expect(rows).toHaveLength(2000);
    expect(rows[1999]).toEqual({ n: 1999 });
    expect(JSON.parse((await sluice(['sql', 'select 1 where 0', '--json'])).out)).toEqual([]);
  });

  test('--format writes any format of ClickHouse', async () => {
    expect((await sluice(['sql', 'select 1 as a, 2 as b;', '--format', 'CSVWithNames'])).out).toBe('"a","b"\n1,2\n');
  });

  test('reads the statement from stdin', async () => {
    expect((await sluice(['sql', '-', '--format', 'TSV'], 'select 42\n-- with a comment\n')).out).toBe('42\n');
  });

  test.each([
    ['wrong SQL', 'selec 1', 2, 'warehouse.syntax'],
    ['a table that is not there', 'select * from nowhere', 2, 'warehouse.unknown_table'],
    ['a write', 'insert into sluice_state.migrations (name) values (1)', 2, 'warehouse.denied'],
    ['a file', `select * from file('/etc/passwd', 'LineAsString')`, 2, 'warehouse.denied'],
    ['nothing', ' ', 2, 'sql.empty'],
  ])('%s ends with exit code and hint', async (_, sql, code, error) => {
    const ran = await sluice(['sql', sql]);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain(error);
    expect(ran.err).toContain('hint');
    expect(JSON.parse((await sluice(['sql', sql, '--json'])).err)).toMatchObject({ error: { code: error } });
  });

  test('an error never follows half an answer', async () => {
    const { code, out } = await sluice(['sql', 'select throwIf(number = 900000) from numbers(1000000)', '--format', 'CSV']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  test('Ctrl-C ends the query and exits with 130', async () => {
    const child = spawn(process.execPath, [MAIN, 'sql', 'select count() from numbers(40000000000) where sipHash64(number) = 1'], {
      env: { ...process.env, SLUICE_DATA_DIR: home.path },
    });
    // As soon as the query is there, which only the process list of the owner would show; the reader has none, so: after a start's time.
    setTimeout(() => child.kill('SIGINT'), 1_500);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
  });
});

test('sluice stop ends the server, and says when none runs', async () => {
  await sluice(['sql', 'select 1']);
  expect(JSON.parse((await sluice(['stop', '--json'])).out)).toEqual({ data_dir: home.path, stopped: ['clickhouse'] });
  expect((await sluice(['stop'])).out).toBe('Nothing was running.\n');
});
