import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { createLanding, type LandingLimits } from './landing.ts';
import { acceptMessage, type EventRow } from './message.ts';

/** Bytes of one of the events below, as the landing counts them. */
const EVENT_BYTES = 512 + event('a').message.length;
const limits: LandingLimits = {
  maxWaitingBytes: 11 * EVENT_BYTES,
  maxBytesPerInsert: 1_000_000,
  maxRowsPerInsert: 4,
  gatherMs: 20,
  maxInserts: 1,
  rowsBesideOthers: 1_000,
  waitMsBesideOthers: 1,
  retryAfterMs: [1, 1],
};

function event(messageId: string): EventRow {
  const accepted = acceptMessage({ type: 'track', event: 'x', userId: 'u', messageId }, { source: 'web', receivedAt: new Date() });
  if (!accepted.ok) throw new Error(accepted.reason);
  return accepted.row;
}
const succeed = () => Promise.resolve();
const request = (...ids: string[]) => ({ events: ids.map(event), rejected: [] });

/** Each row starts with its id, then its type; each after its length. The ids here are one letter. */
const idsIn = (rows: Buffer) => [...rows.toString('latin1').matchAll(/(\w)[^\w]track/g)].map(([, id]) => id ?? '');

/**
 * A server where the test decides how each insert ends. The rows that it takes are checked here; that real inserts are durable is tested on
 * a real server.
 */
function scripted(answer: (attempt: number) => Promise<void>, within = limits) {
  const inserts: { ids: string[]; token: string | undefined }[] = [];
  const landing = createLanding(
    {
      async insert(_table, rows, options) {
        inserts.push({ ids: idsIn(await buffer(rows as Readable)), token: options?.dedupToken });
        await answer(inserts.length);
        return { queryId: 'q' };
      },
    },
    within,
  );
  return { landing, inserts };
}

describe('landing', () => {
  test('stores the rows of requests that come together with one insert', async () => {
    const { landing, inserts } = scripted(succeed);
    await Promise.all([landing.land(request('a')), landing.land(request('b', 'c'))]);
    expect(inserts.map(({ ids }) => ids)).toEqual([['a', 'b', 'c']]);
  });

  test('splits what is waiting into inserts of a bounded size, and never a request', async () => {
    const { landing, inserts } = scripted(succeed);
    await Promise.all([
      landing.land(request('a', 'b', 'c')),
      landing.land(request('d', 'e')),
      landing.land(request('f', 'g', 'h', 'i', 'j')),
    ]);
    expect(inserts.map(({ ids }) => ids.length)).toEqual([3, 2, 5]);
  });

  test('tries a failed insert again with the same token, so that an answer that was lost doubles nothing', async () => {
    const { landing, inserts } = scripted(async (attempt) => {
      if (attempt < 3) throw new Error('reset');
    });
    await landing.land(request('a'));
    expect(inserts).toHaveLength(3);
    expect(new Set(inserts.map(({ token }) => token)).size).toBe(1);
  });

  test('acknowledges nothing that the warehouse did not take, and takes the next request all the same', async () => {
    const { landing } = scripted(async (attempt) => {
      if (attempt <= 3) throw new Error('down');
    });
    await expect(landing.land(request('a'))).rejects.toMatchObject({ code: 'collect.not_durable' });
    await expect(landing.land(request('b'))).resolves.toBeUndefined();
  });

  test('refuses requests that there is no memory for, also within a timer, and goes on', async () => {
    const { landing } = scripted(succeed);
    const concat = vi.spyOn(Buffer, 'concat').mockImplementationOnce(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    await expect(landing.land(request('a'))).rejects.toMatchObject({ code: 'collect.not_durable' });
    concat.mockRestore();
    await expect(landing.land(request('b'))).resolves.toBeUndefined();
  });

  test('refuses what does not fit into memory instead of growing', async () => {
    let release = () => undefined as void;
    const { landing, inserts } = scripted(() => new Promise<void>((resolve) => (release = resolve)));
    const first = landing.land(request('a'));
    await expect.poll(() => inserts.length).toBe(1);
    const waiting = [landing.land(request('b', 'c', 'd', 'e')), landing.land(request('f', 'g', 'h', 'i'))];
    await expect(landing.land(request('j', 'k', 'l'))).rejects.toMatchObject({ code: 'collect.overloaded' });
    release();
    await first;
    const releasing = setInterval(() => release(), 1);
    await Promise.all(waiting);
    clearInterval(releasing);
  });

  test('splits what is waiting by its bytes as well', async () => {
    const { landing, inserts } = scripted(succeed, { ...limits, maxBytesPerInsert: 2 * EVENT_BYTES });
    await Promise.all(['a', 'b', 'c'].map((id) => landing.land(request(id))));
    expect(inserts.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c']]);
  });

  describe('several inserts at once', () => {
    const several = { ...limits, maxWaitingBytes: 1_000_000, maxInserts: 3, rowsBesideOthers: 4, waitMsBesideOthers: 50 };
    /** Inserts that end when the test says so, keyed by the first id that each holds. */
    function held(within: LandingLimits) {
      const ends = new Map<number, () => void>();
      const { landing, inserts } = scripted((attempt) => new Promise<void>((resolve) => ends.set(attempt, resolve)), within);
      return { landing, inserts, end: (attempt: number) => ends.get(attempt)?.(), ends };
    }

    test('one alone is under way while little is waiting, so that small requests gather', async () => {
      const { landing, inserts, end } = held({ ...several, waitMsBesideOthers: 10_000 });
      const first = landing.land(request('a'));
      await expect.poll(() => inserts.length).toBe(1);
      const others = ['b', 'c', 'd'].map((id) => landing.land(request(id)));
      await new Promise((resolve) => setTimeout(resolve, 3 * several.gatherMs));
      expect(inserts).toHaveLength(1);
      end(1);
      await first;
      await expect.poll(() => inserts.length).toBe(2);
      expect(inserts[1]?.ids).toEqual(['b', 'c', 'd']);
      end(2);
      await Promise.all(others);
    });

    test('much that is waiting goes beside the others, up to their limit', async () => {
      const { landing, inserts, end } = held({ ...several, waitMsBesideOthers: 10_000 });
      const landed = ['abcd', 'efgh', 'ijkl', 'mnop'].map((ids) => landing.land(request(...ids)));
      await expect.poll(() => inserts.length).toBe(3);
      await new Promise((resolve) => setTimeout(resolve, 3 * several.gatherMs));
      expect(inserts).toHaveLength(3);
      end(2);
      await landed[1];
      await expect.poll(() => inserts.length).toBe(4);
      for (const attempt of [1, 3, 4]) end(attempt);
      await Promise.all(landed);
    });

    test('one that hangs holds up no other', async () => {
      const { landing, inserts, end } = held(several);
      const hung = landing.land(request('a'));
      await expect.poll(() => inserts.length).toBe(1);
      const other = landing.land(request('b'));
      await expect.poll(() => inserts.length).toBe(2);
      end(2);
      await other;
      end(1);
      await hung;
    });

    test('one that fails takes no place while it pauses before its next attempt', async () => {
      const { landing, inserts } = scripted((attempt) => (attempt === 1 ? Promise.reject(new Error('reset')) : Promise.resolve()), {
        ...limits,
        retryAfterMs: [500],
      });
      const failing = landing.land(request('a'));
      await expect.poll(() => inserts.length).toBe(1);
      await landing.land(request('b'));
      expect(inserts.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
      await failing;
      expect(inserts.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['a']]);
    });
  });

  test('stores what is waiting before it closes', async () => {
    const { landing, inserts } = scripted(succeed);
    const landed = landing.land(request('a'));
    await landing.close();
    await landed;
    expect(inserts).toHaveLength(1);
    await expect(landing.land(request('b'))).rejects.toMatchObject({ code: 'collect.overloaded' });
  });
});
