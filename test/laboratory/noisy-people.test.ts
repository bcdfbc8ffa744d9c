import { describe, expect, test } from 'vitest';
import { type NoisyRow, noisyRows } from './noisy-people.ts';
import { createPeople } from './people.ts';

const population = { people: 3_000, seed: 1 };
const rowsOf = (of: typeof population): NoisyRow[] => [...noisyRows(of)].flat();
const rows = rowsOf(population);

const normalised = {
  email: (text: string) => text.trim().toLowerCase(),
  phone: (text: string) => `+1${text.replace(/^\+1/, '').replace(/\D/g, '')}`,
};

describe('noisy people', () => {
  test('come in the order of arrival, and some of it late', () => {
    const received = rows.map(({ received_at }) => received_at.getTime());
    expect(received).toEqual(received.toSorted((one, other) => one - other));
    expect(rows.filter(({ occurred_at, received_at }) => received_at.getTime() - occurred_at.getTime() > 3_600_000).length).toBeGreaterThan(
      50,
    );
    expect(rows.every(({ occurred_at, received_at }) => occurred_at <= received_at)).toBe(true);
  });

  test('are the same for the same seed, and others for another', () => {
    expect(rowsOf(population)).toEqual(rows);
    expect(rowsOf({ ...population, seed: 2 })).not.toEqual(rows);
  });

  test('have no identifier of which it is not known whose it is, but junk', () => {
    const owners = new Map([...createPeople(population).truth()].map(({ type, value, owner }) => [`${type}:${value}`, owner]));
    const unknown = new Set<string>();
    for (const row of rows) {
      const found = { ...row, email: normalised.email(row.email), phone: row.phone === '' ? '' : normalised.phone(row.phone) };
      for (const type of ['user_id', 'email', 'phone', 'device_id', 'anonymous_id', 'loyalty_id'] as const)
        if (found[type] !== '' && !owners.has(`${type}:${found[type]}`)) unknown.add(`${type}:${found[type]}`);
    }
    expect([...unknown]).toEqual(['email:null@example.com']);
  });

  test('do everything that makes identity hard', () => {
    const usersOf = (type: 'email' | 'phone' | 'device_id' | 'anonymous_id') =>
      Map.groupBy(
        rows.filter((row) => row.user_id !== '' && row[type] !== ''),
        (row) => (type === 'phone' ? normalised.phone(row.phone) : row[type]),
      );
    const shared = (type: Parameters<typeof usersOf>[0], least: number) =>
      [...usersOf(type)].filter(([, seen]) => new Set(seen.map(({ user_id }) => user_id)).size >= least).map(([value]) => value);
    expect(shared('email', 4)).toContain('null@example.com');
    expect(shared('email', 2).some((email) => email.startsWith('info@'))).toBe(true);
    expect(shared('phone', 2)).not.toEqual([]);
    expect(shared('device_id', 2).some((device) => device.startsWith('d-'))).toBe(true);
    expect(shared('anonymous_id', 2).some((cookie) => cookie.startsWith('c-'))).toBe(true);
    expect(shared('device_id', 10).map((device) => device.split('-')[0])).toEqual(expect.arrayContaining(['kiosk', 'bot']));
    expect(rows.some(({ user_id }) => user_id.endsWith('-1'))).toBe(true);
  });
});
