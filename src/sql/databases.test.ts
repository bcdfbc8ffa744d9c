import { describe, expect, test } from 'vitest';
import { databasesOf, withPrefix } from './databases.ts';

describe('withPrefix', () => {
  test.each([
    ['select * from sluice.profiles join sluice_raw.events using id', 'select * from acme.profiles join acme_raw.events using id'],
    ['create database if not exists sluice_state comment $$x$$', 'create database if not exists acme_state comment $$x$$'],
    ['CREATE DATABASE sluice', 'CREATE DATABASE acme'],
    ['drop database if exists sluice_audit', 'drop database if exists acme_audit'],
    ['select sluice_raw.events.message_id', 'select acme_raw.events.message_id'],
    // Not ours: other databases, columns and words that only look alike.
    ['select * from my_sluice.t, sluice_other.t', 'select * from my_sluice.t, sluice_other.t'],
    ["select 'sluice' as sluice, sluice_state", "select 'sluice' as sluice, sluice_state"],
  ])('%s', (sql, expected) => {
    expect(withPrefix(sql, 'acme')).toBe(expected);
  });

  test('the default prefix leaves SQL as it stands', () => {
    expect(withPrefix('select 1 from sluice.profiles', 'sluice')).toBe('select 1 from sluice.profiles');
  });
});

test('one prefix names every database', () => {
  expect(Object.values(databasesOf('acme'))).toEqual(['acme', 'acme_raw', 'acme_staging', 'acme_identity', 'acme_state', 'acme_audit']);
});
