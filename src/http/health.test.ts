import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLandingWatch } from '../collect/landing-watch.ts';
import { createLogger } from '../log.ts';
import { judgeDisk, judgeLanding } from '../status/probes.ts';
import { healthRoutes, type Probe } from './health.ts';

const logger = createLogger({ SLUICE_LOG_LEVEL: 'silent' });
const works: Probe = { isNeeded: true, check: async () => undefined };
const fails: Probe = { isNeeded: true, check: () => Promise.reject(new Error('secret reason')) };

async function readyz(probes: Record<string, Probe>) {
  const reply = await healthRoutes({ probes, logger }).request('/readyz');
  return { status: reply.status, body: (await reply.json()) as unknown };
}

test.concurrent('asked a thousand times at once, and again within a second, each part is asked once', async () => {
  let asked = 0;
  const counted: Probe = {
    isNeeded: true,
    async check() {
      asked += 1;
      await sleep(5);
    },
  };
  const app = healthRoutes({ probes: { counted }, logger });
  const replies = await Promise.all(Array.from({ length: 1_000 }, () => app.request('/readyz')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  await app.request('/readyz');
  expect(asked).toBe(1);
  await sleep(1_050);
  await app.request('/readyz');
  expect(asked).toBe(2);
});

test('what collection needs makes it unready; what it does without is shown only; no reason leaves the service', async () => {
  expect(await readyz({ warehouse: works, control_plane: { ...fails, isNeeded: false } })).toEqual({
    status: 200,
    body: { ready: true, parts: { warehouse: 'ok', control_plane: 'failed' } },
  });
  expect(await readyz({ warehouse: fails, control_plane: works })).toEqual({
    status: 503,
    body: { ready: false, parts: { warehouse: 'failed', control_plane: 'ok' } },
  });
});

test.concurrent('a part that does not answer has failed after two seconds, and is not asked again while it is silent', async () => {
  let asked = 0;
  const silent: Probe = {
    isNeeded: true,
    check() {
      asked += 1;
      return new Promise(() => undefined);
    },
  };
  const app = healthRoutes({ probes: { silent }, logger });
  expect((await app.request('/readyz')).status).toBe(503);
  expect((await app.request('/readyz')).status).toBe(503);
  expect(asked).toBe(1);
});

test.concurrent('a part that answers in time is never logged as failed, however long it is asked', async () => {
  const lines: string[] = [];
  const log = createLogger(
    { SLUICE_LOG_LEVEL: 'info' },
    new Writable({
      write(line, _encoding, done) {
        lines.push(String(line));
        done();
      },
    }),
  );
  const steady: Probe = { isNeeded: true, check: () => sleep(990) };
  const app = healthRoutes({ probes: { steady }, logger: log });
  for (let asked = 0; asked < 3; asked += 1) {
    expect((await app.request('/readyz')).status).toBe(200);
    await sleep(20);
  }
  expect(lines).toEqual([]);
});

test('/healthz fails when the service can never work again', async () => {
  const status = async (hasGivenUp: boolean) =>
    (await healthRoutes({ probes: {}, logger, hasGivenUp: () => hasGivenUp }).request('/healthz')).status;
  expect([await status(false), await status(true)]).toEqual([200, 503]);
});

test('a disk with less than 100 MiB makes it unready', () => {
  expect(() => judgeDisk(100 * 1024 * 1024)).not.toThrow();
  expect(() => judgeDisk(99 * 1024 * 1024)).toThrow('99 MiB');
});

test('an insert that fails, or takes more than thirty seconds, makes it unready; a later one that succeeds, or fifteen seconds of none, ready again', async () => {
  let nowMs = 0;
  const watch = createLandingWatch(() => nowMs);
  const isWell = () => {
    try {
      judgeLanding(watch.read(), nowMs);
      return true;
    } catch {
      return false;
    }
  };
  expect(isWell()).toBe(true);
  await watch.follow(() => Promise.reject(new Error('no'))).catch(() => undefined);
  expect(isWell()).toBe(false);
  await watch.follow(async () => undefined);
  expect(isWell()).toBe(true);
  await watch.follow(() => Promise.reject(new Error('no'))).catch(() => undefined);
  nowMs = 16_000;
  expect(isWell()).toBe(true);

  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = watch.follow(() => promise);
  expect(isWell()).toBe(true);
  nowMs = 60_000;
  expect(isWell()).toBe(false);
  resolve();
  await slow;
  expect(isWell()).toBe(true);
});
