import { describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { type AdmissionLimits, admissionLimits, createAdmission, DEFAULT_LIMITS } from './admission.ts';

const MB = 1024 * 1024;
const WAIT_MS = 100;
/** Of 16 MiB, 4 are for strangers, 12 for known keys, and 9 for one of them. */
const admission = (more: Partial<AdmissionLimits> = {}, nowMs?: () => number) =>
  createAdmission({ ...DEFAULT_LIMITS, maxBytes: 16 * MB, waitMs: WAIT_MS, ...more }, nowMs);
const web = { id: 'web' };
const app = { id: 'app' };

describe('the room of collection', () => {
  test('refuses a request that does not fit, after a moment of waiting', async () => {
    const gate = admission();
    await gate.enter(web, 8 * MB);
    await gate.enter(app, 3 * MB);
    const startedAt = performance.now();
    await expect(gate.enter(app, 2 * MB)).rejects.toMatchObject({ code: 'collect.overloaded', status: 503 });
    expect(performance.now() - startedAt).toBeGreaterThan(WAIT_MS * 0.9);
  });

  test('lets a waiting request in as soon as another one has ended', async () => {
    const gate = admission({ waitMs: 60_000 });
    const first = await gate.enter(web, 8 * MB);
    await gate.enter(app, 3 * MB);
    const waiting = gate.enter(app, 4 * MB);
    first.leave();
    (await waiting).leave();
  });

  test('keeps a part from each key: a flood of one delays no other', async () => {
    const gate = admission();
    const flood = Array.from({ length: 100 }, () => gate.enter(web, MB).catch(() => 'refused'));
    await gate.enter(app, 3 * MB);
    expect((await Promise.all(flood)).filter((one) => one === 'refused')).toHaveLength(91);
  });

  test('keeps most of it from strangers: a flood without keys delays no known key', async () => {
    const gate = admission();
    const flood = Array.from({ length: 100 }, () => gate.enter(undefined, MB).catch(() => 'refused'));
    await gate.enter(web, 9 * MB);
    expect((await Promise.all(flood)).filter((one) => one === 'refused')).toHaveLength(96);
  });

  test('keeps a flood of one key that comes in bodies from keeping out others whose key is in their body', async () => {
    const gate = admission({ waitMs: 60_000 });
    const first = await gate.enter(web, 9 * MB);
    const flood = await Promise.all(Array.from({ length: 4 }, () => gate.enter(undefined, MB)));
    const moves = flood.map((stay) => stay.moveTo(web).finally(() => stay.leave()));
    await expect(Promise.any(moves.slice(1).map((move) => move.catch((error) => error)))).resolves.toMatchObject({
      code: 'collect.overloaded',
    });
    const other = await gate.enter(undefined, 3 * MB);
    await other.moveTo(app);
    first.leave();
    expect((await Promise.allSettled(moves)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  });

  test('is given back whole, whatever a request held, grew by and moved to', async () => {
    const gate = admission();
    for (let time = 0; time < 100; time += 1) {
      const known = await gate.enter(web, MB);
      known.hold(3 * MB);
      known.hold(2 * MB);
      known.leave();
      const stranger = await gate.enter(undefined, MB);
      stranger.hold(2 * MB);
      await stranger.moveTo(app);
      stranger.leave();
      stranger.leave();
    }
    await gate.enter(web, 9 * MB);
    await gate.enter(app, 3 * MB);
    await gate.enter(undefined, 4 * MB);
  });

  test('bounds what those inside grow to, and what they held before stays theirs', async () => {
    const gate = admission();
    const stay = await gate.enter(web, MB);
    expect(() => stay.hold(16 * MB)).toThrow(expect.objectContaining({ code: 'collect.overloaded' }));
    stay.leave();
    await gate.enter(web, 9 * MB);
  });

  test('is at most a quarter of the heap, whatever the settings say', () => {
    const config = readConfig({ SLUICE_COLLECT_MEMORY_MB: '200' });
    expect(admissionLimits(config, 280 * MB).maxBytes).toBe(70 * MB);
    expect(admissionLimits(config, 4_096 * MB).maxBytes).toBe(200 * MB);
  });

  test('keeps a line of bounded length', async () => {
    const gate = admission({ maxWaiting: 2, waitMs: 60_000 });
    const first = await gate.enter(web, 9 * MB);
    const waiting = [gate.enter(web, MB), gate.enter(web, MB)];
    await expect(gate.enter(web, MB)).rejects.toMatchObject({ code: 'collect.overloaded' });
    first.leave();
    await Promise.all(waiting);
  });
});

describe('the rate of a key', () => {
  test('is refused past what it may send, with the seconds until it may again', async () => {
    let nowMs = 0;
    const gate = admission({ maxMessagesPerSecond: 100 }, () => nowMs);
    gate.countMessages(web, 1_000);
    const refused = { code: 'collect.rate_limited', status: 429, context: { retry_after_seconds: 1 } };
    await expect(gate.enter(web, 1)).rejects.toMatchObject(refused);
    await gate.enter(app, 1);
    gate.countMessages(web, 400);
    await expect(gate.enter(web, 1)).rejects.toMatchObject({ context: { retry_after_seconds: 5 } });
    nowMs = 4_100;
    await gate.enter(web, 1);
  });

  test('is that of the key where it has one of its own', async () => {
    const gate = admission({ maxMessagesPerSecond: 100 }, () => 0);
    const slow = { id: 'slow', maxMessagesPerSecond: 2 };
    gate.countMessages(slow, 20);
    await expect(gate.enter(slow, 1)).rejects.toMatchObject({ code: 'collect.rate_limited' });
  });

  test('holds for a key that comes in the body too', async () => {
    const gate = admission({ maxMessagesPerSecond: 100 }, () => 0);
    gate.countMessages(web, 1_000);
    const stay = await gate.enter(undefined, 1);
    await expect(stay.moveTo(web)).rejects.toMatchObject({ code: 'collect.rate_limited' });
  });

  test('bounds how much is kept of its own rejected messages, not of those of other keys', () => {
    let nowMs = 0;
    const gate = admission({ maxRejectedBytesPerSecond: 1_000 }, () => nowMs);
    const kept = () => Array.from({ length: 1_000 }, () => gate.mayKeep(web, 1_000)).filter(Boolean).length;
    expect(kept()).toBe(60);
    expect(gate.mayKeep(app, 1_000)).toBe(true);
    nowMs = 10_000;
    expect(kept()).toBe(10);
  });
});
