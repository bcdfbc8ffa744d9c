import { expect, test } from 'vitest';
import type { MappedField } from '../../src/connector-kit/connector.ts';
import { type Column, columnsProblem } from './columns.ts';
import { createTableSql } from './statements.ts';

const field = (kind: MappedField['kind'], type: string, more: Partial<MappedField> = {}): MappedField => ({
  name: 'v',
  kind,
  type,
  ...more,
});
const column = (type: string, shown = type, modifier = -1): Column => ({
  name: 'v',
  shown,
  type,
  modifier,
  isFolded: false,
  isEnum: false,
});
const key = field('integer', 'Int64');
const problem = (sent: MappedField, there: Column) =>
  columnsProblem({ keyFields: [{ ...key, name: 'id' }], valueFields: [sent] }, [there, { ...column('int8'), name: 'id' }], false);
/** The code of numeric(10, scale). */
const scale = (digits: number) => (10 << 16) + digits + 4;

test.each<[MappedField, Column, string | undefined]>([
  [field('number', 'Decimal(18, 2)'), column('numeric'), undefined],
  [field('number', 'Nullable(Decimal(18, 2))'), column('numeric', 'numeric(10,2)', scale(2)), undefined],
  [field('number', 'Decimal(18, 4)'), column('numeric', 'numeric(10,2)', scale(2)), 'would round what is sent (Decimal(18, 4))'],
  [field('integer', 'UInt64'), column('numeric', 'numeric(10,0)', scale(0)), undefined],
  [field('number', 'Float64'), column('numeric', 'numeric(10,2)', scale(2)), 'would round'],
  [field('number', 'Float64'), column('float8', 'double precision'), undefined],
  [field('number', 'Float64'), column('float4', 'real'), 'column v is real and would round what is sent (Float64): make it numeric'],
  [field('integer', 'UInt64'), column('float8'), 'would round'],
  [field('integer', 'Nullable(Int32)'), column('float8'), undefined],
  [field('number', 'Decimal(12, 2)'), column('float8'), undefined],
  [field('number', 'Decimal(38, 2)'), column('float8'), 'would round'],
  [field('integer', 'Int64'), column('int2'), undefined],
  [field('text', 'String'), column('varchar', 'character varying(3)', 7), undefined],
  [field('text', 'String'), column('name'), 'would cut texts'],
  [field('text', 'String'), column('float8'), 'would read a text as a number'],
  [field('text', 'UUID'), column('uuid'), undefined],
  [field('timestamp', "DateTime64(3, 'UTC')"), column('timestamptz'), undefined],
  [field('timestamp', "DateTime64(9, 'UTC')"), column('timestamptz'), 'keeps 6 digits of a second'],
  [field('timestamp', "DateTime64(3, 'UTC')"), column('timestamptz', 'timestamp(0) with time zone', 0), 'keeps 0 digits'],
  [field('timestamp', 'DateTime'), column('timestamp', 'timestamp(0) without time zone', 0), undefined],
  [field('timestamp', 'DateTime'), column('date'), 'would cut the time of day off'],
  [field('date', 'Date'), column('date'), undefined],
  [field('json', 'Array(String)'), column('_text', 'text[]'), undefined],
])('a value of %o in %o: %s', (sent, there, expected) => {
  if (expected === undefined) expect(problem(sent, there)).toBeUndefined();
  else expect(problem(sent, there)).toContain(expected);
});

test.each<[MappedField, Column, string | undefined]>([
  [field('text', 'String'), column('text'), undefined],
  [
    field('text', 'String'),
    column('citext'),
    'takes keys that differ in case for one: say so in the sync, `compare: { v: case_insensitive }`',
  ],
  [field('text', 'String', { compares: 'case_insensitive' }), column('citext'), undefined],
  [field('text', 'String'), { ...column('text'), isFolded: true }, 'takes keys that differ in case'],
  [field('text', 'String'), column('int8', 'bigint'), 'written in different ways for one key'],
  [field('text', 'UUID'), column('uuid'), undefined],
  [field('text', 'String'), column('uuid'), undefined],
  [field('text', 'String'), column('bpchar', 'character(5)', 9), undefined],
  [field('text', 'String'), { ...column('mood'), isEnum: true }, undefined],
  [field('boolean', 'Bool'), column('bool', 'boolean'), undefined],
  [
    field('text', 'String'),
    column('bool', 'boolean'),
    'column v is boolean and takes texts that are written in different ways for one key',
  ],
  [field('text', 'String'), column('inet'), 'send a value of that type (toIPv4'],
  [field('text', 'Nullable(IPv4)'), column('inet'), undefined],
  [field('text', 'String'), column('jsonb'), 'or make it text'],
])('a key of %o in %o: %s', (sent, there, expected) => {
  const found = columnsProblem({ keyFields: [sent], valueFields: [] }, [there], false);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(expected);
});

test('a column that is not there is told with the one that differs in case only', () => {
  const missing = (name: string) => columnsProblem({ keyFields: [{ ...key, name }], valueFields: [] }, [column('int8')], false);
  expect(missing('V')).toBe('a mapped column does not exist: V; there is v, and names are taken as they are written');
  expect(missing('w')).toContain('create it, or set create_table: true');
});

test('a table that is made has room for every value of the type', () => {
  const fields = [field('integer', 'UInt64'), field('integer', 'Nullable(Int256)'), field('integer', 'Int64'), field('integer', 'UInt32')];
  const named = fields.map((one, index) => ({ ...one, name: `c${index}` }));
  expect(createTableSql({ schema: 's', table: 't', keyFields: [], valueFields: named }).slice(1)).toEqual(
    ['numeric', 'numeric', 'bigint', 'bigint'].map((type, index) => `alter table "s"."t" add column if not exists "c${index}" ${type}`),
  );
});
