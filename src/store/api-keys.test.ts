import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
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

test('a key that was never seen does not wait for a silent control plane for as long as that is silent', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const keys = createApiKeys({ attempt: () => new Promise(() => undefined) } as unknown as Database);
  const refusal = (digit: string) => keys.verify(`slk_${digit.repeat(43)}`).catch((error: { code: string }) => error.code);
  const first = refusal('1');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await first).toBe('store.unreachable');
  const second = refusal('2');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await second).toBe('store.unreachable');
});
