import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnNames, keptType, rawTableOf } from './columns.ts';
import { delimiterOf, kindOf } from './format.ts';
import { openText, type Row } from './records.ts';

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
