import { describe, expect, test } from 'vitest';
import { createRefusals } from './refusals.ts';
import { keyPrefix } from './write-key.ts';

interface Row {
  readonly key_prefix: string;
  readonly request_count: number;
}

/** A warehouse that refuses as often as it is told to. */
function recorder(failures = 0) {
  const rows: Row[] = [];
  let left = failures;
  return {
    rows,
    client: {
      async insert(_table: string, inserted: readonly object[]) {
        left -= 1;
        if (left >= 0) throw new Error('away');
        rows.push(...(inserted as Row[]));
        return { queryId: '' };
      },
    },
  };
}

describe('refused requests', () => {
  test('are one row for each source, key and reason, with how many and from when to when', async () => {
    const { rows, client } = recorder();
    let second = 0;
    const refusals = createRefusals(client, () => new Date(Date.UTC(2026, 0, 1, 0, 0, second++)));
    for (let time = 0; time < 5; time += 1) refusals.count({ source: 'web', keyPrefix: 'slk_abcdef', reason: 'collect.malformed_json' });
    await refusals.close();
    expect(rows).toEqual([
      {
        source: 'web',
        key_prefix: 'slk_abcdef',
        reason: 'collect.malformed_json',
        request_count: 5,
        first_at: '2026-01-01T00:00:00.000Z',
        last_at: '2026-01-01T00:00:04.000Z',
      },
    ]);
  });

  test('of a million made-up keys cost a thousand rows, and are all counted', async () => {
    const { rows, client } = recorder();
    const refusals = createRefusals(client);
    for (let n = 0; n < 100_000; n += 1) refusals.count({ source: '', keyPrefix: `slk_${n}`, reason: 'collect.write_key' });
    await refusals.close();
    expect(rows.length).toBeLessThanOrEqual(1_001);
    expect(rows.reduce((sum, row) => sum + row.request_count, 0)).toBe(100_000);
    expect(rows.find((row) => row.key_prefix === '(other keys)')?.request_count).toBeGreaterThan(90_000);
  });

  test('are kept while the warehouse is away', async () => {
    const { rows, client } = recorder(2);
    const refusals = createRefusals(client);
    for (let time = 0; time < 3; time += 1) {
      refusals.count({ source: '', keyPrefix: '', reason: 'collect.write_key' });
      await refusals.flush();
    }
    await refusals.close();
    expect(rows).toMatchObject([{ request_count: 3 }]);
  });
});

test.each([
  [`slk_${'a'.repeat(43)}`, 'slk_aaaaaa'],
  ['slk_short', ''],
  ['anotherToolsKey0123456789', 'anot'],
  ['short-password', ''],
  ['пароль-пароль-пароль', ''],
  [undefined, ''],
])('of the key %s the beginning %j is kept', (key, kept) => {
  expect(keyPrefix(key)).toBe(kept);
});
