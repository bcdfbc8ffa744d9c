import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnNames, keptType, rawTableOf } from './columns.ts';
import { delimiterOf, kindOf } from './format.ts';
import { openText } from './records.ts';
import type { Row } from './text-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-records-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array, encoding = 'utf-8'): Promise<{ columns: readonly string[]; rows: Row[] }> {
  const path = join(folder, name);
  await writeFile(path, content);
  const head = typeof content === 'string' ? Buffer.from(content) : content;
  const text = await openText({ path, name, kind: kindOf(name, head), encoding, onBytes: () => undefined });
  const rows: Row[] = [];
  for await (const row of text.rows()) rows.push(row);
  return { columns: text.columns, rows };
}

describe('a CSV file', () => {
  test('tells on which line each row begins, also after a field with line breaks', async () => {
    const { rows } = await read('a.csv', 'id,note\r\n1,"two\r\nlines"\r\n2,b\r\n');
    expect(rows).toMatchObject([
      { line: 2, values: ['1', 'two\r\nlines'] },
      { line: 4, values: ['2', 'b'] },
    ]);
  });

  test('with a ragged row gives that row back with the reason, and the others', async () => {
    const { rows } = await read('b.csv', 'a,b\n1,2\n3\n4,5,6\n7,8\n');
    expect(rows).toMatchObject([
      { line: 2, values: ['1', '2'] },
      { line: 3, text: '3', problem: 'has 1 fields where the first line names 2' },
      { line: 4, text: '4,5,6', problem: 'has 3 fields where the first line names 2' },
      { line: 5, values: ['7', '8'] },
    ]);
  });

  test('may begin with a byte order mark, be gzip, and be separated by something else than commas', async () => {
    expect((await read('bom.csv', '\ufeffid,x\n1,2\n')).columns).toEqual(['id', 'x']);
    expect((await read('packed.csv.gz', gzipSync('id,x\n1,2\n'))).rows).toMatchObject([{ values: ['1', '2'] }]);
    expect((await read('semicolon.csv', 'id;x;y\n1;2,3;4\n')).rows).toMatchObject([{ values: ['1', '2,3', '4'] }]);
  });

  test('of another encoding is refused with what to do, and read when it is told', async () => {
    const latin = Buffer.from('id,name\n1,Zoë\n', 'latin1');
    await expect(read('latin.csv', latin)).rejects.toMatchObject({ code: 'loads.encoding' });
    expect((await read('latin.csv', latin, 'windows-1252')).rows).toMatchObject([{ values: ['1', 'Zoë'] }]);
  });

  test('of more columns than a table may have is refused with the limit, at once', async () => {
    const startedAt = performance.now();
    for (const name of [(index: number) => `c${index}`, () => 'same'])
      await expect(read('wide.csv', `${Array.from({ length: 100_000 }, (_, index) => name(index)).join(',')}\n1\n`)).rejects.toThrow(
        /more than 1,000 columns/,
      );
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('whose lines end in a carriage return alone is refused with what to do', async () => {
    await expect(read('mac.csv', 'id,name\r1,a\r2,b\r')).rejects.toThrow(/end in a carriage return alone \(CR\)/);
    expect((await read('quoted.csv', '"id\r",name\n1,a\n')).columns).toEqual(['id', 'name']);
  });

  test('that is empty, or whose last quote never closes, is refused', async () => {
    await expect(read('empty.csv', '\n')).rejects.toMatchObject({ code: 'loads.nothing' });
    await expect(read('open.csv', 'a,b\n1,"2\n')).rejects.toMatchObject({ code: 'loads.format' });
  });

  test('comes back as it was written, whatever is in its fields', async () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = ['a,b', ...rows.map((row) => row.map(quote).join(','))].join('\n');
        expect((await read('random.csv', text)).rows.map(({ values }) => values)).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a file of JSON lines', () => {
  test('has the members of all of its lines as columns, and refuses a line that is no object', async () => {
    const { columns, rows } = await read('a.jsonl', '{"id":1,"tags":["x"]}\nnonsense\n\n{"id":2,"name":"b"}\n');
    expect(columns).toEqual(['id', 'tags', 'name']);
    expect(rows).toMatchObject([
      { line: 1, values: ['1', '["x"]', null] },
      { line: 2, problem: 'is not a JSON object' },
      { line: 4, values: ['2', null, 'b'] },
    ]);
  });

  test('refuses a line that is nested deeper than 1,000 levels, and reads the others', async () => {
    const nested = (levels: number) => `{"id":1,"long":12345678901234567890,"x":${'['.repeat(levels)}"]["${']'.repeat(levels)}}`;
    const { rows } = await read('deep.jsonl', [nested(999), nested(1_000), nested(500_000), `{"x":${'['.repeat(5_000)}`].join('\n'));
    expect(rows.map(({ line, problem }) => [line, problem])).toEqual([
      [1, undefined],
      [2, 'is nested deeper than 1,000 levels'],
      [3, 'is nested deeper than 1,000 levels'],
      [4, 'is nested deeper than 1,000 levels'],
    ]);
  });

  test('has at most as many members as a table may have columns', async () => {
    const line = (from: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`m${from + index}`, index])));
    await expect(read('wide.jsonl', `${line(0)}\n${line(600)}\n`)).rejects.toThrow(/more than 1,000 columns/);
  });
});

describe('names', () => {
  test('of columns are told apart, and never ours', () => {
    expect(columnNames([' id ', '', 'id', '_load_id'], 'f')).toEqual(['id', 'column_2', 'id_2', '_load_id_2']);
  });

  test.each(['Pos', 'a__b', '1a', 'a-b', 'a`b', ''])('"%s" cannot name a source', (name) => {
    expect(() => rawTableOf(name, 'x')).toThrow(expect.objectContaining({ code: 'loads.name' }));
  });

  test('of files are held against their content', () => {
    expect(() => kindOf('a.parquet', Buffer.from('id,name'))).toThrow(expect.objectContaining({ code: 'loads.format' }));
    expect(() => kindOf('a.csv', Buffer.from('PAR1'))).toThrow(expect.objectContaining({ code: 'loads.format' }));
    for (const head of ['[{"a":1}]', '{\n  "a": 1']) expect(() => kindOf('a.json', Buffer.from(head))).toThrow(/is one JSON document/);
    expect(kindOf('a.json', Buffer.from('{"a":1}\n'))).toEqual({ format: 'jsonl', isGzip: false });
    expect(() => kindOf('a.xlsx', Buffer.from('PK'))).toThrow(expect.objectContaining({ code: 'loads.format' }));
  });
});

test('the separator is what the first line has most often outside quotes', () => {
  expect(delimiterOf('"a;b;c",d\te\tf')).toBe('\t');
  expect(delimiterOf('single')).toBe(',');
});

test('a column may lack a value in the next file, and lists stay text', () => {
  expect(keptType('Int64')).toBe('Nullable(Int64)');
  expect(keptType('Nullable(DateTime64(9))')).toBe("Nullable(DateTime64(6, 'UTC'))");
  expect(keptType('Array(Nullable(Int64))')).toBe('Nullable(String)');
});
