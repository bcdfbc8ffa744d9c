/** Appending changes no value that is in the table: not for a file with other types, nor for values that come late in a file. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLab } from '../../test/load-lab.ts';
import { dropRawTable, rawTables } from './raw-tables.ts';

const { lab, file, parquet, load, rows, run, rejected } = loadLab();

describe('an append', () => {
  /** Appends to a table with one such value. Returns what is in the table, and the lines that were refused. */
  async function appended(table: string, there: string, values: readonly string[]) {
    await load(await file(`id,v\n0,${there}\n`), table);
    const result = await load(await file(`id,v\n${values.map((value, index) => `${index + 1},"${value}"`).join('\n')}\n`), table);
    const kept = await rows(`select toString(v) as v from sluice_raw.t__${table} where id > 0 order by id`);
    return { kept: kept.map(({ v }) => v), rejected: result.rejected };
  }

  test('never changes a value: what would not read back as it is written is refused', async () => {
    expect(
      await appended('into_int', '5', [
        '007',
        '+31612345678',
        ' 7',
        '1e3',
        '-0',
        '1.0',
        '9223372036854775808',
        'TRUE',
        '-12',
        '9223372036854775807',
      ]),
    ).toEqual({ kept: ['-12', '9223372036854775807'], rejected: 8 });
    expect(
      await appended('into_float', '5.5', [
        '007',
        '1e3',
        '9007199254740993',
        '1.23456789012345678',
        'nan',
        '1e400',
        '1e-400',
        '12.50',
        '1.5e-07',
        '0.30000000000000004',
      ]),
    ).toEqual({ kept: ['12.5', '1.5e-7', '0.30000000000000004'], rejected: 7 });
    expect(await appended('into_day', '2024-01-02', ['2024-1-3', '03.01.2024', '9999-12-31', '2024-01-03 00:00:00', '1950-01-01'])).toEqual(
      {
        kept: ['1950-01-01'],
        rejected: 4,
      },
    );
    expect(
      await appended('into_time', '2024-01-02 10:00:00', [
        '2024-01-02',
        '02/03/2026 10:00',
        '2024-01-02 24:00:00',
        '2024-01-02 10:00:00.1234567',
        '2024-01-02T10:00:00+01:00',
        '2024-01-02T10:00',
      ]),
    ).toEqual({ kept: ['2024-01-02 10:00:00.000000'], rejected: 5 });
    expect(await appended('into_moment', '2024-01-02 10:00:00Z', ['2024-01-02T10:00:00+01:00', '2024-01-02T10:00'])).toEqual({
      kept: ['2024-01-02 09:00:00.000000'],
      rejected: 1,
    });
    expect(await rejected('into_int')).toContainEqual({
      line: '2',
      reason: expect.stringMatching(/^v would not stay as it is written in a whole number \(Int64\).*--text v/),
      row_text: '["1","007"]',
    });
  });

  test('of an empty JSON text into a column of numbers is refused, and null is no value; as text all stay what they are', async () => {
    await load(await file('{"id":1,"code":1}\n', 'jsonl'), 'late');
    const path = await file('{"id":2,"code":""}\n{"id":3,"code":"007"}\n{"id":4,"code":null}\n{"id":5,"code":"1e3"}\n', 'jsonl');
    expect(await load(path, 'late')).toMatchObject({ rows: 1, rejected: 3 });
    expect(await rows('select id, code from sluice_raw.t__late order by id')).toEqual([
      { id: '1', code: '1' },
      { id: '4', code: null },
    ]);
    const again = await load(path, 'late', { text: ['code'] });
    expect(again).toMatchObject({ rows: 4, rejected: 0, warnings: [expect.stringMatching(/^code is text from now on/)] });
    expect(await rows('select id, code from sluice_raw.t__late order by id')).toEqual([
      { id: '1', code: '1' },
      { id: '2', code: '' },
      { id: '3', code: '007' },
      { id: '4', code: null },
      { id: '5', code: '1e3' },
    ]);
    await expect(load(path, 'late', { text: ['kode'] })).rejects.toMatchObject({ code: 'loads.column' });
  });

  test('of which nothing fits changes nothing: no column, no row, and the file is not known afterwards', async () => {
    await load(await file('id,n\n1,2\n'), 'unfit');
    const path = await file('id,extra\nx,1\ny,2\n');
    for (const _ of [1, 2]) {
      expect(await load(path, 'unfit')).toMatchObject({ rows: 0, rejected: 2, files: [{ status: 'refused' }] });
      expect(await rows('select * except (_load_id, _loaded_at) from sluice_raw.t__unfit')).toEqual([{ id: '1', n: '2' }]);
    }
  });

  test('of a file that has no column of the table is refused: the table gains neither columns nor rows', async () => {
    await load(await file('id,num\n1,2\n'), 'foreign');
    for (const path of [await file('foo,bar\n1,2\n'), await file('{"foo":1}\n', 'jsonl'), await parquet("select 1 as foo, 'x' as bar")])
      await expect(load(path, 'foreign')).rejects.toMatchObject({ code: 'loads.other_columns', exitCode: 1 });
    expect(await rows('select * except (_load_id, _loaded_at) from sluice_raw.t__foreign')).toEqual([{ id: '1', num: '2' }]);
  });

  test('says which columns a file lacks, and what may be another name for them', async () => {
    await load(await file('id,email\n1,a\n'), 'renamed');
    const { warnings } = await load(await file('id,e_mail\n2,b\n'), 'renamed');
    expect(warnings).toEqual([expect.stringMatching(/has no column email \(is the new column e_mail another name for it\?\)/)]);
  });
});

describe('a value late in a file', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index},${index}`).join('\n');

  test.each([
    ['007', 'Nullable(String)'],
    ['1e3', 'Nullable(String)'],
    ['12345678901234567890', 'Nullable(String)'],
    ['1.5', 'Nullable(Float64)'],
  ])('%s makes its column %s, and loses nothing', async (value, type) => {
    const table = `late_${value.replace(/\W/g, '_')}`;
    const { columns, rejected } = await load(await file(`id,v\n${numbers(20_000)}\n20000,${value}\n`), table);
    expect({ columns, rejected }).toEqual({
      columns: [
        { name: 'id', type: 'Nullable(Int64)' },
        { name: 'v', type },
      ],
      rejected: 0,
    });
    expect(await rows(`select toString(v) as v from sluice_raw.t__${table} where id = 20000`)).toEqual([{ v: value }]);
  });

  test('of one file is not changed by the type of another', async () => {
    const many = await mkdtemp(join(lab().folder, 'many-'));
    await writeFile(join(many, '1.csv'), 'id,v\n1,9007199254740993\n');
    await writeFile(join(many, '2.csv'), 'id,v\n2,1.5\n');
    await load(many, 'two_types');
    expect(await rows('select v from sluice_raw.t__two_types order by id')).toEqual([{ v: '9007199254740993' }, { v: '1.5' }]);
  });
});

describe('the values of a Parquet file', () => {
  const EVERY_KIND = join(import.meta.dirname, '../../test/fixtures/parquet/every-kind.parquet');

  test('stay what they are: times of day, NULL lists, maps and groups, far days, nanoseconds, long numbers', async () => {
    // Row 4 has a NULL within a list, which ClickHouse reads as an empty list.
    expect(await load(EVERY_KIND, 'kinds')).toMatchObject({ rows: 3, rejected: 1 });
    expect(await rejected('kinds')).toMatchObject([
      { line: '4', reason: expect.stringMatching(/^nested holds a list, map or group within that is NULL/) },
    ]);
    const nothing = null;
    expect(
      await rows('select * except (_load_id, _loaded_at) replace (toString(price) as price) from sluice_raw.t__kinds order by id'),
    ).toEqual([
      {
        id: '1',
        opens_at: '10:05:07.250',
        closes_at: '23:59:59.999999',
        tags: '["a",null]',
        sizes: '[9007199254740993,1]',
        address: '{"city":"Bonn","zip":null}',
        scores: '{"k":1}',
        nested: '[[1],[]]',
        price: '12345678901234567890123456.78',
        exact_at: '2023-11-14T22:13:20.123456789Z',
        valid_to: '9999-12-31',
        ledger: '18446744073709551615',
        code: '007',
        never: nothing,
        kind: 'x',
      },
      {
        id: '2',
        opens_at: nothing,
        closes_at: nothing,
        tags: nothing,
        sizes: nothing,
        address: nothing,
        scores: nothing,
        nested: nothing,
        price: nothing,
        exact_at: nothing,
        valid_to: nothing,
        ledger: nothing,
        code: nothing,
        never: nothing,
        kind: nothing,
      },
      {
        id: '3',
        opens_at: '00:00:00.000',
        closes_at: '00:00:00.000001',
        tags: '[]',
        sizes: '[]',
        address: '{"city":null,"zip":null}',
        scores: '{}',
        nested: '[[2]]',
        price: '0.1',
        exact_at: '1970-01-01T00:00:00.000000000Z',
        valid_to: '2024-02-29',
        ledger: '0',
        code: 'abc',
        never: nothing,
        kind: 'y',
      },
    ]);
  });

  test('that later text does not fit refuse its rows, and a column without values takes any', async () => {
    await load(await parquet('select toInt64(1) as id, true as yes, toDecimal64(1.25, 2) as price, toUInt8(3) as size'), 'of_parquet');
    const path = await file('id,yes,price,size\n2,TRUE,1.50,255\n3,1,1,1\n4,false,1.255,1\n5,false,1,256\n6,,,\n');
    expect(await load(path, 'of_parquet')).toMatchObject({ rows: 2, rejected: 3 });
    expect(await rows('select * except (_load_id, _loaded_at) from sluice_raw.t__of_parquet where id > 1 order by id')).toEqual([
      { id: '2', yes: true, price: 1.5, size: 255 },
      { id: '6', yes: null, price: null, size: null },
    ]);
  });
});

describe('a file that holds less, or more, than a table can be made of', () => {
  test('Parquet without a row is refused as empty: it makes no table, and replaces none', async () => {
    const empty = await parquet('select toInt64(1) as id where false');
    await expect(load(empty, 'of_nothing')).rejects.toMatchObject({ code: 'loads.nothing' });
    const good = await parquet('select toInt64(number) as id from numbers(2)');
    expect(await load(good, 'of_nothing')).toMatchObject({ rows: 2 });
    await expect(load(empty, 'of_nothing', { mode: 'replace' })).rejects.toMatchObject({ code: 'loads.nothing' });
    expect(await rows('select count() as n from sluice_raw.t__of_nothing')).toEqual([{ n: '2' }]);
  });

  test.each([
    ['csv', 'id,n\n1,18446744073709551615\n2,-1\n'],
    ['jsonl', '{"id":1,"n":18446744073709551615}\n{"id":2,"n":-1}\n'],
  ])('a column of %s whose numbers no type holds is text, and the others keep their types', async (ending, content) => {
    expect(await load(await file(content, ending), `wide_${ending}`)).toMatchObject({ rows: 2, rejected: 0 });
    expect(await rows(`select id, n, toTypeName(id) as type from sluice_raw.t__wide_${ending} order by id`)).toEqual([
      { id: '1', n: '18446744073709551615', type: 'Nullable(Int64)' },
      { id: '2', n: '-1', type: 'Nullable(Int64)' },
    ]);
  });
});

describe('a raw table', () => {
  test('is dropped together with its refused rows, its file can be loaded again, and a table that no load made is never dropped', async () => {
    const path = await file('id,n\n1,2\n3\n');
    await load(path, 'dropped');
    expect(await rawTables(lab().deps)).toContainEqual(expect.objectContaining({ source: 't', table: 'dropped', rows: 1, columns: 2 }));
    expect(await dropRawTable(lab().deps, 't', 'dropped')).toMatchObject({ rows: 1 });
    expect(await rejected('dropped')).toEqual([]);
    await expect(dropRawTable(lab().deps, 't', 'dropped')).rejects.toMatchObject({ code: 'loads.no_table' });
    expect(await load(path, 'dropped')).toMatchObject({ rows: 1, files: [{ status: 'loaded' }] });
    await run('create table sluice_raw.t__by_hand (id Int64) engine = MergeTree order by id');
    await expect(dropRawTable(lab().deps, 't', 'by_hand')).rejects.toMatchObject({ code: 'loads.not_a_load' });
    await expect(dropRawTable(lab().deps, 'events', 'x')).rejects.toMatchObject({ code: 'loads.no_table' });
  });
});
