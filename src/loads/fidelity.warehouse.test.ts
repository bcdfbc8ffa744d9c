/** A value arrives as it was written, or its row is refused with a reason. Files and loads arrive whole or not at all. */

import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadLab } from '../../test/load-lab.ts';

const { lab, file, parquet, load, rows, run, rejected } = loadLab();
const repeated = (count: number, line: string) => `${line}\n`.repeat(count);

describe('a value', () => {
  test('that only looks like a number stays as it was written: phone numbers, postcodes, ids longer than a double', async () => {
    await load(await file('phone,zip,long,snowflake\n+31612345678,00123,12345678901234567890,1234567890123456789\n5,9,7,8\n'), 'ids');
    expect(await rows('select phone, zip, long, snowflake from sluice_raw.t__ids')).toEqual([
      { phone: '+31612345678', zip: '00123', long: '12345678901234567890', snowflake: '1234567890123456789' },
      { phone: '5', zip: '9', long: '7', snowflake: '8' },
    ]);
  });

  test('of JSON keeps all of its digits, also within lists and objects, and a text of digits stays a text', async () => {
    const line = '{"id":12345678901234567890,"code":"42","tags":[9007199254740993],"price":1.5}';
    const { columns } = await load(await file(`${line}\n`, 'jsonl'), 'digits');
    expect(columns).toContainEqual({ name: 'code', type: 'Nullable(String)' });
    expect(await rows('select id, code, tags, price from sluice_raw.t__digits')).toEqual([
      { id: '12345678901234567890', code: '42', tags: '[9007199254740993]', price: 1.5 },
    ]);
  });

  test('that is not a real day or time is refused, and never read as another one', async () => {
    const good = repeated(9_000, '2024-02-29,2024-01-02 03:04:05');
    const bad = ['2024-02-31,', '2024-13-01,', ',10', ',2024', ',123456789', ',2024-02-31 00:00:00'].join('\n');
    expect(await load(await file(`day,at\n${good}${bad}\n`), 'days')).toMatchObject({ rows: 9_000, rejected: 6 });
    expect(await rows('select distinct day, at from sluice_raw.t__days')).toEqual([
      { day: '2024-02-29', at: '2024-01-02T03:04:05.000000Z' },
    ]);
    expect(await rejected('days')).toMatchObject([
      { line: '9002', reason: 'day is not a date (Date32)', row_text: '["2024-02-31",""]' },
      { line: '9003' },
      { line: '9004', reason: "at is not a time (DateTime64(6, 'UTC'))" },
      { line: '9005' },
      { line: '9006' },
      { line: '9007' },
    ]);
  });

  test('of a later file that does not fit the type of its column is refused with line and reason', async () => {
    await load(await file('id,n\n1,5\n'), 'conflict');
    expect(await load(await file('n,id\nabc,2\n7,3\n'), 'conflict')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rejected('conflict')).toEqual([{ line: '2', reason: 'n is not a whole number (Int64)', row_text: '["abc","2"]' }]);
  });
});

describe('a text file', () => {
  test('with a title above its names is refused with a reason that leads to it, and read when that is skipped', async () => {
    const path = await file('Sunshine; as of 3 February\nYear;Year;Bonn;Ulm;\n2021;a;007;1;\n2022;b;8;2;\n');
    await load(await file('id\n1\n'), 'titled');
    await expect(load(path, 'titled')).rejects.toThrow(
      /"Sunshine; as of 3 February" on line 1 looks like a title.*on line 2.*--skip-lines 1/,
    );
    expect(await rows('select * except (_load_id, _loaded_at) from sluice_raw.t__titled')).toEqual([{ id: '1' }]);
    expect(await load(path, 'sunshine', { skipLines: 1 })).toMatchObject({ rows: 2, rejected: 0 });
    expect(await rows('select Year, Year_2, Bonn from sluice_raw.t__sunshine order by Year')).toEqual([
      { Year: '2021', Year_2: 'a', Bonn: '007' },
      { Year: '2022', Year_2: 'b', Bonn: '8' },
    ]);
    await expect(load(await file('Report\na;b\n1;2\n3;4\n'), 'report')).rejects.toThrow(/--skip-lines 1/);
  });

  test('read with other options is another load, whose rows take the place of the first reading', async () => {
    const path = await file('a;b\n1;2\n');
    const { warnings } = await load(path, 'options', { delimiter: ',' });
    expect(warnings).toEqual([expect.stringContaining('--replace --delimiter ";"')]);
    expect(await load(path, 'options', { mode: 'replace', delimiter: ';' })).toMatchObject({ files: [{ status: 'loaded' }] });
    // The separator that is found automatically gives the same.
    expect(await load(path, 'options')).toMatchObject({ files: [{ status: 'known' }] });
    expect(await rows('select a, b from sluice_raw.t__options')).toEqual([{ a: '1', b: '2' }]);
    const latin = await file(Buffer.from('id,name\n1,Zo\xeb\n', 'latin1'));
    await load(latin, 'latin', { encoding: 'windows-1251' });
    await load(latin, 'latin', { encoding: 'windows-1252' });
    expect(await rows('select name from sluice_raw.t__latin')).toEqual([{ name: 'Zo\u00eb' }]);
  });

  test('read again with other columns is refused, and the first reading stays as it was', async () => {
    const path = await file('id;name;note\nk1;a;x\nk2;b;y\n');
    await load(path, 'wiped');
    const before = await rows('select * from sluice_raw.t__wiped order by id');
    for (const [options, message] of [
      [{ delimiter: ',' }, /none of the columns of the table: it has "id;name;note", and the table "id", "name", "note"/],
      [{ skipLines: 1 }, /none of the columns of the table: it has "k1", "a", "x"/],
    ] as const)
      await expect(load(path, 'wiped', options)).rejects.toMatchObject({
        code: 'loads.other_columns',
        message: expect.stringMatching(message),
      });
    // All columns of this reading are in the table; another reading would lose their values.
    const above = await file('id,name\nname,note\nc,z\n');
    await load(above, 'wiped');
    await expect(load(above, 'wiped', { skipLines: 1 })).rejects.toThrow(/is loaded already.*no longer "id"/);
    expect(await rows('select * from sluice_raw.t__wiped where note is not null order by id')).toEqual(before);
    expect(await rows('select id, name from sluice_raw.t__wiped where note is null order by id')).toEqual([
      { id: 'c', name: 'z' },
      { id: 'name', name: 'note' },
    ]);
  });

  test('in UTF-16 is known by its mark', async () => {
    await load(await file(Buffer.from('\ufeffid,name\n1,Zoë\n', 'utf16le')), 'utf16');
    expect(await rows('select name from sluice_raw.t__utf16')).toEqual([{ name: 'Zoë' }]);
  });

  test('with line ends of both kinds is read line by line', async () => {
    expect(await load(await file('id,n\r\n1,2\n3,4\r\n5\n'), 'ends')).toMatchObject({ rows: 2, rejected: 1 });
    expect(await rejected('ends')).toMatchObject([{ line: '4', row_text: '5' }]);
  });

  test.each([
    ['gzip that is cut off', () => file(gzipSync(`id\n${repeated(50_000, 'abc')}`).subarray(0, 60), 'csv.gz'), {}, 'loads.format'],
    [
      'a byte that is no UTF-8, far down',
      () => file(Buffer.concat([Buffer.from(`id\n${repeated(200_000, 'abc')}`), Buffer.of(0xff)])),
      {},
      'loads.encoding',
    ],
    ['an encoding that does not exist', () => file('id\n1\n'), { encoding: 'klingon' }, 'loads.encoding'],
    ['a separator of two characters', () => file('id\n1\n'), { delimiter: '||' }, 'loads.delimiter'],
    ['nothing in it', () => file(''), {}, 'loads.nothing'],
    ['a first line and nothing else', () => file('id,name\n'), {}, 'loads.nothing'],
    ['no row that fits', () => file('id,name\n1\n2\n'), {}, 'loads.nothing_fits'],
    ['Parquet in it, by its name only', () => file('id,name\n1,a\n', 'parquet'), {}, 'loads.format'],
  ] as const)('with %s is refused, and nothing is left of it', async (_what, make, more, code) => {
    await expect(load(await make(), 'refused', more)).rejects.toMatchObject({ code });
    expect(
      await rows(`select name from system.tables where database = '${lab().warehouse.databases.raw}' and name like 't\\_\\_refused%'`),
    ).toEqual([]);
  });

  test('of which no row fits never takes the place of a good table', async () => {
    await load(await file('id,n\n1,2\n'), 'kept');
    await expect(load(await file('id,n\nragged\n'), 'kept', { mode: 'replace' })).rejects.toMatchObject({ code: 'loads.nothing_fits' });
    expect(await rows('select id, n from sluice_raw.t__kept')).toEqual([{ id: '1', n: '2' }]);
    expect(await rejected('kept')).toMatchObject([{ line: '2', row_text: 'ragged' }]);
  });
});

describe('a Parquet file', () => {
  test('appends by the names of its columns, and a value that the table cannot hold refuses its row', async () => {
    await load(await parquet('select toInt64(1) as id, toInt64(5) as n'), 'typed');
    const second = await parquet("select ['x', '7'][number + 1] as n, toInt32(number + 2) as id, 'new' as extra from numbers(2)");
    expect(await load(second, 'typed')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rows('select id, n, extra from sluice_raw.t__typed order by id')).toEqual([
      { id: '1', n: '5', extra: null },
      { id: '3', n: '7', extra: 'new' },
    ]);
    expect(await rejected('typed')).toEqual([{ line: '1', reason: 'n is not a whole number (Int64)', row_text: '["x","2","new"]' }]);
  });

  test('has its refused rows told by their number in the file', async () => {
    await load(await file('n\n1\n'), 'numbered');
    const path = await parquet("select if(number = 700000, 'x', toString(number)) as n from numbers(1000000)", {
      output_format_parquet_row_group_size: 50_000,
    });
    expect(await load(path, 'numbered')).toMatchObject({ rows: 999_999, rejected: 1 });
    expect(await rejected('numbered')).toMatchObject([{ line: '700001', row_text: '["x"]' }]);
  });

  test('may describe itself at any length, and name its columns as it likes, but not as ours', async () => {
    const long = await parquet('select number as id, toString(number) as `a``b` from numbers(20000)', {
      output_format_parquet_row_group_size: 10,
    });
    expect((await readFile(long)).subarray(-8).readUInt32LE(0)).toBeGreaterThan(128 * 1024);
    expect(await load(long, 'long')).toMatchObject({ rows: 20_000 });
    await expect(load(await parquet('select 1 as _load_id'), 'ours')).rejects.toMatchObject({ code: 'loads.format' });
  });

  test('that is damaged is refused as that', async () => {
    const good = await readFile(await parquet('select number as id, cityHash64(number) as h from numbers(100000)'));
    const damaged = Buffer.from(good);
    damaged.fill(0xab, 1_000, 60_000);
    await expect(load(await file(damaged, 'parquet'), 'damaged')).rejects.toMatchObject({ code: 'loads.format' });
    await expect(load(await file(good.subarray(0, -100), 'parquet'), 'damaged')).rejects.toMatchObject({ code: 'loads.format' });
  });
});

describe('a load', () => {
  test('that is strict says of the first refused rows what is wrong with them', async () => {
    await expect(load(await file('id,n\n1,2\n3\n4,5,6\n'), 'strictly', { isStrict: true })).rejects.toThrow(
      /2 rows were refused \(line 3: has 1 fields where the first line names 2; line 4: has 3 fields/,
    );
  });

  test.each([
    'http://10.1.2.3/a.csv',
    'http://[2002:7f00:1::]/a.csv',
    'https://[::ffff:169.254.169.254]/a.csv',
    'http://localhost/a.csv',
    'http://',
  ])('of %s is refused before anything is sent there', async (address) => {
    await expect(load(address, 'address')).rejects.toMatchObject({ code: 'loads.address' });
  });

  test('appends a whole file at once: readers see all of its rows or none', async () => {
    await load(await file('id\n0\n'), 'whole');
    const seen = new Set<unknown>();
    let isOver = false;
    const reading = (async () => {
      while (!isOver) for (const { count } of await rows('select count() as count from sluice_raw.t__whole')) seen.add(count);
    })();
    await load(await file(`id\n${Array.from({ length: 300_000 }, (_, index) => index + 1).join('\n')}\n`), 'whole');
    isOver = true;
    await reading;
    expect([...seen].filter((count) => count !== '1' && count !== '300001')).toEqual([]);
  });

  test('that died between its rows and their record is taken out and made again, with its refused rows', async () => {
    const path = await file('id,n\n1,2\n3\n');
    await load(path, 'halfway');
    await run("alter table sluice_audit.loads delete where table_name = 'halfway' settings mutations_sync = 2");
    await run('create table sluice_raw.t__halfway__load_dead (id Int64) engine = MergeTree order by id');
    expect(await load(path, 'halfway')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rows('select id, n from sluice_raw.t__halfway')).toEqual([{ id: '1', n: '2' }]);
    expect(await rejected('halfway')).toHaveLength(1);
    expect(await rows(`select name from system.tables where name like 't\\_\\_halfway\\_\\_load%'`)).toEqual([]);
  });

  test('of a file whose rows were removed by hand loads it again', async () => {
    const path = await file('id\n1\n');
    await load(path, 'emptied');
    await run('truncate table sluice_raw.t__emptied');
    expect(await load(path, 'emptied')).toMatchObject({ rows: 1, files: [{ status: 'loaded' }] });
  });

  test('waits for the lease of one that was killed', async () => {
    await lab().store.leases.acquire('load:t__waiting', 1_500);
    const result = await load(await file('id\n1\n'), 'waiting');
    expect(result.rows).toBe(1);
  });

  test('comments its table and every column of it', async () => {
    await load(await file("id,it's\n1,2\n"), 'comments');
    await load(await file('id,added\n1,2\n'), 'comments');
    expect(
      await rows(`
        select name
        from system.columns
        where database = '${lab().warehouse.databases.raw}' and table = 't__comments' and comment = ''
        union all
        select name
        from system.tables
        where database = '${lab().warehouse.databases.raw}' and name = 't__comments' and comment = ''
      `),
    ).toEqual([]);
  });
});
