import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connectors } from '../../connectors/registry.ts';
import { memoryDestination } from '../../test/memory-destination.ts';
import { formatProblem } from '../documents/problem.ts';
import { nameProblems } from './check-names.ts';
import { compileMapping } from './compile-mapping.ts';
import { openDestination } from './destination.ts';
import { parseDestination, parseSync } from './documents.ts';
import { fieldChanges } from './plan-fields.ts';
import { guardRemovals } from './plan-guard.ts';
import { castColumn } from './value-cast.ts';

const sync = {
  id: 'x',
  title: 'X',
  source: { table: 'people' },
  destination: 'd',
  object: 'row',
  mode: 'mirror',
  key: { email: 'email' },
  fields: { first_name: 'first_name' },
};

describe('a sync document', () => {
  test('gets its defaults', () => {
    expect(parseSync('x', sync)).toMatchObject({ guard: { max_removed_share: 0.3, allow_empty: false }, options: {} });
  });

  test.each<[string, object, string]>([
    ['a mode that is none', { mode: 'replace' }, 'sync x: mode:'],
    [
      'two sources',
      { source: { table: 'a', segment: 'b' } },
      'sync x: source: expected either { segment: <id> } or { table: <published table> }',
    ],
    ['no key', { key: {} }, 'sync x: key: needs at least one field'],
    ['on_leave without mirror', { mode: 'upsert', on_leave: 'delete' }, 'sync x: on_leave: belongs to mode mirror, not upsert'],
    ['a field that is a key too', { fields: { email: 'email' } }, 'sync x: fields.email: is a key field already'],
    ['a comparison of what is no key', { compare: { first_name: 'email' } }, 'sync x: compare.first_name: is not a key field'],
    ['a comparison that is none', { compare: { email: 'roughly' } }, 'sync x: compare.email:'],
    ['a share above one', { guard: { max_removed_share: 30 } }, 'sync x: guard.max_removed_share:'],
    ['consent that is no column', { consent: { column: true } }, 'sync x: consent.column: expected a column, or a list of columns'],
    ['consent of no column', { consent: { column: [] } }, 'sync x: consent.column:'],
    ['consent that is not in its place', { consent: 'consent_email' }, 'sync x: consent:'],
    ['a word that means nothing', { colour: 'red' }, 'sync x: colour: there is no colour here.'],
    [
      'an interval that is none',
      { schedule: { every: 'often' } },
      'sync x: schedule.every: expected a number of minutes, hours or days, from 1 to 9999: 15m, 2h, 1d',
    ],
    ['a trigger that is none', { schedule: { after: 'sauce' } }, 'sync x: schedule.after: must be `source`, `build` or a document'],
    [
      'a schedule of no kind',
      { schedule: { afer: 'source' } },
      "sync x: schedule: expected one of { cron: '30 3 * * 1' }, { every: 15m }, { after: source }",
    ],
  ])('with %s is refused, with the place', (_, over, message) => {
    expect(() => parseSync('x', { ...sync, ...over })).toThrow(message);
  });
});

describe('a mapping', () => {
  const columns = new Map([
    ['email', { name: 'email', type: 'Nullable(String)', isPii: true }],
    ['lifetime_value', { name: 'lifetime_value', type: 'Decimal(18, 2)', isPii: false }],
    ['tags', { name: 'tags', type: 'Array(String)', isPii: false }],
  ]);
  const object = memoryDestination().connector.objects.row;
  const compile = (key: Record<string, string>, fields: Record<string, string>) => {
    if (!object) throw new Error('no object');
    const compiled = compileMapping({ key, fields }, object, columns);
    return compiled.ok ? compiled.mapping : compiled.problems.map((problem) => formatProblem(problem));
  };

  test('names the place and the nearest column for each mistake, all at once', () => {
    expect(compile({ email: 'emial' }, { value: 'lifetime_valu', score: 'tags' })).toEqual([
      'key.email: the source has no column emial; did you mean email?',
      'fields.value: the source has no column lifetime_valu; did you mean lifetime_value?',
      'fields.score: the destination expects a whole number, and tags is Array(String)',
    ]);
    expect(compile({ tags: 'tags' }, {})).toEqual(['key.tags: tags (Array(String)) cannot be a key: a key is one plain value']);
  });

  test('names that a destination would cut, fold or have already are refused, each with its place and the limit', () => {
    const long = 'average_order_value_of_the_last_year_in_the_currency_of_the_store_as_';
    const fields = { [`${long}amount`]: 'a', [`${long}number`]: 'b', средняя_стоимость_заказа_покупателя_за_год: 'c', xmin: 'd' };
    const refused = (connector: 'postgres' | 'file' | 'webhook', names: Record<string, string>) =>
      nameProblems({ key: { id: 'id' }, fields: names }, connectors[connector]?.objects.row ?? {}, 'there').map((problem) =>
        formatProblem(problem),
      );
    expect(refused('postgres', fields)).toEqual([
      expect.stringMatching(
        /^fields\..*amount: the name has 75 bytes and there keeps 63 of them \(https:.*limits.html, 2026-11-30\): take a shorter/,
      ),
      expect.stringContaining('number: the name has 75 bytes'),
      expect.stringMatching(/^fields\..*number: becomes one name with .*amount in there/),
      expect.stringContaining('fields.средняя_стоимость_заказа_покупателя_за_год: the name has 79 bytes'),
      'fields.xmin: the name is taken: every table of PostgreSQL has such a system column; take another name',
    ]);
    expect(refused('postgres', { Email: 'a', email: 'b' })).toEqual([]);
    expect(refused('file', { Email: 'a', email: 'b', _Operation: 'c' })).toEqual([
      'fields.email: becomes one name with Email in there: take another name for one of them',
      'fields._Operation: the name is taken: the first column says what to do with the row; take another name',
    ]);
    expect(refused('webhook', fields)).toEqual([]);
  });

  test('keeps a row back for a key or a required field that does not fit, and leaves an optional field out', () => {
    const fields = z.object({ score: z.int(), rank: z.int().optional() }).catchall(z.json());
    const compiled = compileMapping({ key: { email: 'email' }, fields: { score: 'email', rank: 'email' } }, { fields }, columns);
    if (!compiled.ok) throw new Error('not compiled');
    const { reason, withheld } = compiled.mapping.sql;
    for (const told of [
      'key email is empty',
      'email is not valid UTF-8 text',
      'score is not a whole number',
      'score is required and empty',
    ])
      expect(reason).toContain(told);
    expect(reason).not.toContain('rank is');
    expect(withheld).toContain('rank is not a whole number');
    expect(withheld).not.toContain('score is');
  });

  test('says what each field is and which hold personal data', () => {
    expect(compile({ email: 'email' }, { value: 'lifetime_value', tags: 'tags' })).toMatchObject({
      keyFields: [{ name: 'email', kind: 'text', type: 'Nullable(String)', compares: 'exact' }],
      valueFields: [
        { name: 'value', kind: 'number' },
        { name: 'tags', kind: 'json' },
      ],
      piiFields: new Set(['email']),
      columns: ['email', 'lifetime_value', 'tags'],
    });
  });
});

test.each([
  ['String', 'json', undefined],
  ['Array(String)', 'text', undefined],
  ['UUID', 'text', 'text'],
  ['LowCardinality(Nullable(String))', 'any', 'text'],
  ["DateTime64(3, 'UTC')", 'date', 'date'],
  ['Date', 'timestamp', 'timestamp'],
  ['Bool', 'integer', 'integer'],
  ['Float64', 'boolean', undefined],
  ['JSON', 'any', 'json'],
  ['Time', 'any', 'text'],
  ['FixedString(2)', 'any', 'text'],
  ['UInt256', 'number', 'number'],
] as const)('a column of %s where %s is expected arrives as %s', (type, expected, kind) => {
  expect(castColumn('c', type, expected)?.kind).toBe(kind);
});

describe('a destination document', () => {
  const open = (config: object, environment: Record<string, string> = {}, connector = 'webhook') =>
    openDestination(
      { connectors, environment, secrets: { get: async (name) => `stored ${name}` } },
      parseDestination('d', { id: 'd', title: 'D', connector, config }),
    );
  const whsec = `whsec_${Buffer.alloc(32).toString('base64')}`;

  test('gets its secrets from where it refers to', async () => {
    const destination = await open({ url: 'https://example.com', secret: 'env:HOOK' }, { HOOK: whsec });
    expect(destination.config).toMatchObject({ secret: whsec, allow_private_network: false });
    expect(destination.secrets).toContain(whsec);
  });

  test.each<[string, object, string, string]>([
    [
      'holds a secret in the clear',
      { url: 'https://example.com', secret: whsec },
      'webhook',
      'config.secret: is a secret: give env:NAME or secret:NAME',
    ],
    [
      'refers to a variable that is not set',
      { url: 'https://example.com', secret: 'env:NOPE' },
      'webhook',
      'config.secret: the environment variable NOPE is not set',
    ],
    [
      'has a setting too many',
      { url: 'https://example.com', secret: 'env:HOOK', colour: 1 },
      'webhook',
      'destination d: config.colour: there is no colour here.',
    ],
    [
      'has a secret of the wrong form',
      { url: 'https://example.com', secret: 'secret:hook' },
      'webhook',
      'destination d: config.secret: whsec_',
    ],
    ['names no connector', {}, 'webhok', 'did you mean webhook?'],
  ])('that %s is refused, with the place', async (_, config, connector, message) => {
    await expect(open(config, { HOOK: whsec }, connector)).rejects.toThrow(message);
  });

  test('cuts the password of a connection out of messages by itself too', async () => {
    const { secrets } = await open({ url: 'env:CRM' }, { CRM: 'postgresql://u:p%40ss@example.com/x' }, 'postgres');
    expect(secrets).toEqual(['postgresql://u:p%40ss@example.com/x', 'p%40ss', 'p@ss']);
  });
});

test.each([
  [{ removes: 0, there: 0, sourceIsEmpty: true }, 'send'],
  [{ removes: 3, there: 10, sourceIsEmpty: false }, 'send'],
  [{ removes: 4, there: 10, sourceIsEmpty: false }, 'refuse'],
  [{ removes: 10, there: 10, sourceIsEmpty: true }, 'withhold'],
])('the guard of 30 %% lets %o: %s', (removals, verdict) => {
  expect(guardRemovals(removals, { max_removed_share: 0.3, allow_empty: false }).verdict).toBe(verdict);
});

test('a difference names the key and what differs, nothing else', () => {
  const mapping = {
    keyFields: [{ name: 'id', kind: 'integer' as const }],
    valueFields: ['a', 'b'].map((name) => ({ name, kind: 'text' as const })),
    piiFields: new Set<string>(),
  };
  expect(fieldChanges({ id: 1, a: 'x', b: 'y' }, { id: 1, a: 'x', b: 'z' }, mapping)).toEqual([
    { field: 'id', is_key: true, from: 1, to: 1 },
    { field: 'b', is_key: false, from: 'y', to: 'z' },
  ]);
});
