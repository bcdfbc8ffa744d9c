import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createApiKeys } from './api-keys.ts';
import type { Database } from './connection.ts';
import { errors } from './errors.ts';

test('a control plane that can be read and not written says all the same which keys are valid', async () => {
  const plain = `slk_${'k'.repeat(43)}`;
  const row = {
    id: 'a',
    hash: createHash('sha256').update(plain).digest('hex'),
    scopes: ['collect'],
    source: 'web',
    maxMessagesPerSecond: null,
  };
  let asked = 0;
  const attempt = async () => {
    asked += 1;
    // The key is read first, then it is noted that it was used.
    if (asked % 2 === 0) throw errors.query_failed('The control plane rejected a statement: could not extend file');
    return [row];
  };
  const keys = createApiKeys({ attempt } as unknown as Database);
  expect(await keys.verify(plain)).toEqual({ id: 'a', scopes: ['collect'], source: 'web' });
  expect(asked).toBe(2);
});
