import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClientObject } from '../../src/connector-kit/connector.ts';
import { type Operation, OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { describeContract } from '../../test/connector-contract.ts';
import { formatCsv } from './format.ts';
import { file } from './index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeContract({
  connector: file,
  config: () => ({ folder }),
  row: (_, index) => ({ email: `person${index}@example.com`, first_name: `Firstname${index}` }),
  keyField: 'email',
  client: {
    failures: {
      unreachable: { error: (quoted) => fileError('ENOENT', quoted), means: 'config' },
      'turned away': { error: (quoted) => fileError('EACCES', quoted), means: 'config' },
      'broken off': { error: (quoted) => fileError('EIO', quoted), means: 'transient' },
      // A folder takes every row.
      'row refused': null,
    },
    async held() {
      const names = (await readdir(join(folder, 'contract'))).sort();
      return (await Promise.all(names.map((name) => readFile(join(folder, 'contract', name), 'utf8')))).join('\n');
    },
  },
});

/** As Node throws it: the path, and so whatever is in it, stands in the message. */
const fileError = (code: string, quoted: string) => Object.assign(new Error(`${code}: no luck, open '/x/${quoted}'`), { code });

const object = file.objects.row as ClientObject<(typeof file)['config']>;
const rowsOf = (...all: [Operation, string][]) =>
  all.map(([operation, json], index) => new OutgoingRow(index + 1, operation, json)) as unknown as Rows;

async function write(syncId: string, options: Record<string, unknown>, rows: Rows): Promise<string[]> {
  const context = {
    config: { folder },
    options: object.options.parse(options),
    syncId,
    mode: 'mirror' as const,
    runId: '0198c0de-1',
    startedAt: new Date('2026-11-25T03:00:00.123Z'),
    keyFields: [{ name: 'id', kind: 'integer' as const }],
    valueFields: [{ name: 'note', kind: 'text' as const }],
  };
  const session = await object.open(context);
  await session.write(rows, 'x');
  await session.close();
  return readdir(join(folder, syncId));
}

describe('a delta', () => {
  const rows = rowsOf(
    ['delete', '{"id":1}'],
    ['upsert', '{"id":2,"note":"a, \\"b\\"\\nc"}'],
    ['upsert', '{"id":18446744073709551615,"note":null}'],
  );

  test('is one CSV file with the operation first; nothing else is left in the folder', async () => {
    expect(await write('csv', {}, rows)).toEqual(['20261125T030000123Z_0198c0de_0000000001.csv']);
    const text = await readFile(join(folder, 'csv', '20261125T030000123Z_0198c0de_0000000001.csv'), 'utf8');
    expect(text).toBe('_operation,id,note\ndelete,1,\nupsert,2,"a, ""b""\nc"\nupsert,18446744073709551615,\n');
  });

  test('or one of JSON lines', async () => {
    const [name = ''] = await write('jsonl', { format: 'jsonl' }, rows);
    const lines = (await readFile(join(folder, 'jsonl', name), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('{"_operation":"delete","id":1}');
    expect(lines.map((line) => JSON.parse(line))).toHaveLength(3);
  });

  test('written again after a crash replaces its equal', async () => {
    const [name = ''] = await write('again', {}, rows);
    await writeFile(join(folder, 'again', name), 'half of i');
    expect(await write('again', {}, rows)).toEqual([name]);
    expect(await readFile(join(folder, 'again', name), 'utf8')).toMatch(/^_operation/);
  });
});

test('a relative folder is one of the project, whichever of its folders a command runs in', () => {
  vi.stubEnv('SLUICE_PROJECT_DIR', folder);
  expect(file.address?.({ folder: 'exports' })).toEqual({ shown: { folder: join(folder, 'exports') } });
  vi.stubEnv('SLUICE_PROJECT_DIR', undefined);
});

test.each([
  ['a folder that is not there', '/nonexistent/sluice', 'config'],
  ['a file in place of the folder', import.meta.filename, 'config'],
])('%s stops the run and is not made', async (_, path, kind) => {
  const context = {
    config: { folder: path },
    options: object.options.parse({}),
    syncId: 'x',
    mode: 'upsert' as const,
    runId: 'r',
    startedAt: new Date(),
    keyFields: [],
    valueFields: [],
  };
  const error = await object.open(context).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(object.faultOf(error).kind).toBe(kind);
});

describe('CSV', () => {
  const cell = (value: string, escapeFormulas = true) =>
    formatCsv(rowsOf(['upsert', JSON.stringify({ v: value })]), ['v'], escapeFormulas)
      .split('\n')[1]
      ?.slice('upsert,'.length);

  test.each([
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ["+cmd|'/c calc'!A0", "'+cmd|'/c calc'!A0"],
    ['-2+3+cmd', "'-2+3+cmd"],
    ['\t=1', "'\t=1"],
    ['+31 6 12345678', '+31 6 12345678'],
    ['-1.50', '-1.50'],
    ['plain', 'plain'],
  ])('makes %j harmless as %j', (value, expected) => {
    expect(cell(value)).toBe(expected);
  });

  test('has every digit, in a cell and within a list', () => {
    const row = new OutgoingRow(1, 'upsert', '{"v":123456789012345678.10,"w":[9007199254740993,-0,{"x":1e400}],"constructor":null}');
    expect(formatCsv([row], ['v', 'w', 'toString'], true).split('\n')[1]).toBe(
      'upsert,123456789012345678.10,"[9007199254740993,-0,{""x"":1e400}]",',
    );
  });

  test('leaves formulas alone when told to', () => {
    expect(cell('=1+1', false)).toBe('=1+1');
  });

  test('comes back as it was, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (values) => {
        const rows = values.map((value, index) => new OutgoingRow(index, 'upsert', JSON.stringify({ v: value })));
        const [, ...parsed] = parse(formatCsv(rows, ['v'], false), { relax_column_count: false }) as string[][];
        expect(parsed.map(([, value]) => value)).toEqual(values);
      }),
    );
  });
});

test('a folder that is not there is named, with what to do', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOENT', path: '/srv/exports' });
  expect(object.faultOf(error).message).toBe(
    'the folder /srv/exports does not exist (ENOENT): make it, or correct `folder` of the destination',
  );
});
