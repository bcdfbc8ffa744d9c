import { expect, test } from 'vitest';
import { readKeyType } from './key-type.ts';

test.each([
  ['UUID', 'UUID', 'member_uuid', undefined],
  ['Nullable(UUID)', 'UUID', 'member_uuid', 'k is not null'],
  ['UInt8', 'UInt8', 'member_text', undefined],
  ['Int256', 'Int256', 'member_text', undefined],
  ['Nullable(UInt64)', 'UInt64', 'member_text', 'k is not null'],
  ['Date', 'Date', 'member_text', undefined],
  ['String', 'String', 'member_text', "k != ''"],
  ['FixedString(16)', 'FixedString(16)', 'member_text', "k != ''"],
  ['LowCardinality(String)', 'LowCardinality(String)', 'member_text', "k != ''"],
  ['LowCardinality(Nullable(String))', 'LowCardinality(String)', 'member_text', "k is not null and k != ''"],
])('%s is a key', (declared, type, column, hasKey) => {
  const key = readKeyType(declared);
  expect({ type: key?.type, column: key?.column, hasKey: key?.hasKey('k') }).toEqual({ type, column, hasKey });
});

test.each([
  'Float32',
  'Nullable(Float64)',
  'Decimal(18, 2)',
  'Bool',
  'Tuple(UInt64, String)',
  'Array(String)',
  "DateTime64(3, 'UTC')",
  'JSON',
  'varchar',
  "String') comment 'x",
])('%s is none', (type) => {
  expect(readKeyType(type)).toBeUndefined();
});
