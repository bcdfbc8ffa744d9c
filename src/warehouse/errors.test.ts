import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, test } from 'vitest';
import { CdpError } from '../errors.ts';
import { enrich, errors, isBroken, scrub } from './errors.ts';

const asked = { name: 'segments.size', queryId: 'segments.size.1', user: 'sluice_reader', isEmbedded: false };
const fromServer = (code: number, message = 'something', type = 'SOME_ERROR') =>
  enrich(new ClickHouseError({ code: String(code), message, type }), asked) as CdpError;

describe('what ClickHouse answers becomes an error that says what to do', () => {
  test.each([
    [60, 'warehouse.unknown_table', /sluice build/],
    [81, 'warehouse.unknown_table', /sluice build/],
    [47, 'warehouse.unknown_name', /spelling/],
    [46, 'warehouse.unknown_name', /spelling/],
    [62, 'warehouse.syntax', /backticks/],
    [43, 'warehouse.syntax', /cast/],
    [241, 'warehouse.memory', /SLUICE_MAX_QUERY_MEMORY_MB/],
    [159, 'warehouse.timeout', /SLUICE_SEGMENT_TIMEOUT_SECONDS/],
    [158, 'warehouse.too_many_rows', /limit/],
    [307, 'warehouse.too_many_rows', /limit/],
    [396, 'warehouse.too_many_rows', /limit/],
    [497, 'warehouse.denied', /no files, URLs/],
    [164, 'warehouse.denied', /reads only/],
    [452, 'warehouse.limit', /Leave the setting out/],
    [516, 'warehouse.auth', /CLICKHOUSE_PASSWORD/],
    [193, 'warehouse.auth', /CLICKHOUSE_PASSWORD/],
    [210, 'warehouse.unreachable', /CLICKHOUSE_URL/],
    [27, 'warehouse.bad_data', /left out/],
    [6, 'warehouse.bad_data', /left out/],
    [439, 'warehouse.busy', /shortly/],
    [202, 'warehouse.busy', /shortly/],
    [252, 'warehouse.busy', /too many small batches/],
    [243, 'warehouse.no_space', /Free space/],
    [394, 'warehouse.cancelled', /again/],
    [9999, 'warehouse.failed', /query id/],
  ])('%i → %s', (code, expected, hint) => {
    const error = fromServer(code);
    expect(error.code).toBe(expected);
    expect(error.hint).toMatch(hint);
    expect(error.message).toContain('query segments.size, id segments.size.1');
    expect(error.context).toMatchObject({ query: 'segments.size', user: 'sluice_reader', clickhouse_code: code });
  });
});

describe('no value from a row or a parameter gets into a message', () => {
  test.each([
    ["Cannot parse string 'jane@example.com' as UInt64: syntax error at begin of string", 6],
    ['Cannot parse input: expected \'"\' before: \'jane@example.com","x":1}\': (while reading the value of key id): (at row 1)\n', 27],
    [
      "Cannot parse input: expected ',' before: 'jane@example.com\\n':\nRow 1:\nColumn 0,   name: id,   type: UInt64, ERROR: text \"jane@example\" is not like UInt64",
      27,
    ],
    ["Cannot parse DateTime: (while reading the value of key at): while converting 'jane@example.com' to DateTime64(3): (at row 12)", 41],
    ["Unknown expression identifier `nope` in scope SELECT nope FROM t WHERE email = 'jane@example.com'. Maybe you meant: ['name']", 47],
    ["There is no supertype for types String, UInt8: In scope SELECT if(x, 'jane@example.com', 1)", 386],
    ["Value is too big: while executing 'FUNCTION toUInt8('jane@example.com'_String :: 0)'", 69],
    ["Something: (in query: select * from t where email = 'jane@example.com')", 9999],
    ['Cannot read all data: "jane@example.com', 33],
  ])('%s', (message, code) => {
    const error = fromServer(code, message);
    expect(JSON.stringify([error.message, error.hint, error.context, String(error.cause)])).not.toMatch(/jane|example/);
  });

  test('an error about data names the column instead', () => {
    const message = 'Cannot parse uuid jane: Cannot parse UUID from String: (while reading the value of key profile_id): (at row 1)';
    expect(scrub(message, 'bad_data')).toBe('A value does not have the form that its column `profile_id` needs.');
    expect(scrub('Cannot parse uuid jane: Cannot parse UUID from String', 'bad_data')).toBe(
      'A value does not have the form that its column needs.',
    );
  });

  test('what helps stays: names, suggestions, limits', () => {
    expect(
      scrub(
        "Unknown expression identifier `emial` in scope SELECT emial FROM sluice.profiles. Maybe you meant: ['email'].",
        'unknown_name',
      ),
    ).toBe("Unknown expression identifier `emial`. Maybe you meant: ['email'].");
    const memory =
      'Query memory limit exceeded: would use 4.00 GiB (attempt to allocate chunk of 1.00 MiB), maximum: 4.00 GiB. (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1)';
    expect(scrub(memory, 'memory')).toBe(
      'Query memory limit exceeded: would use 4.00 GiB (attempt to allocate chunk of 1.00 MiB), maximum: 4.00 GiB.',
    );
  });
});

describe('a connection that breaks', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

  test('is named, with the place to look at', () => {
    expect(enrich(refused, asked)).toMatchObject({
      code: 'warehouse.unreachable',
      message: 'ClickHouse did not answer the query segments.size (ECONNREFUSED).',
      hint: expect.stringContaining('CLICKHOUSE_URL'),
    });
    expect(enrich(refused, { ...asked, isEmbedded: true })).toMatchObject({ hint: expect.stringContaining('restarted by itself') });
  });

  test.each([
    Object.assign(new Error('x'), { code: 'ECONNRESET' }),
    new AggregateError([refused], 'all addresses failed'),
    new Error('Timeout error.'),
    new Error('socket hang up'),
  ])('is recognised: %s', (error) => {
    expect(isBroken(error)).toBe(true);
  });
});

test('bugs and known errors pass through unchanged', () => {
  const bug = new TypeError('x is not a function');
  expect(enrich(bug, asked)).toBe(bug);
  const known = errors.memory('known');
  expect(enrich(known, asked)).toBe(known);
  expect(known).toBeInstanceOf(CdpError);
});
