import { describe, expect, test } from 'vitest';
import { createLanding, type LandingLimits } from './landing.ts';
import { acceptMessage, type EventRow } from './message.ts';

/** Of one of the events below, as the landing counts it. */
const EVENT_BYTES = 512 + event('a').message.length;
const limits: LandingLimits = {
  maxWaitingBytes: 11 * EVENT_BYTES,
  maxBytesPerInsert: 1_000_000,
  maxRowsPerInsert: 4,
  gatherMs: 1,
  retryAfterMs: [1, 1],
};

function event(messageId: string): EventRow {
  const accepted = acceptMessage({ type: 'track', event: 'x', userId: 'u', messageId }, { source: 'web', receivedAt: new Date() });
  if (!accepted.ok) throw new Error(accepted.reason);
  return accepted.row;
}
const succeed = () => Promise.resolve();
const request = (...ids: string[]) => ({ events: ids.map(event), rejected: [] });

/** A server of which the test decides how each insert ends. What it takes is checked here; that real inserts are durable, on a real one. */
function scripted(answer: (attempt: number) => Promise<void>, within = limits) {
  const inserts: { ids: string[]; token: string | undefined }[] = [];
  const landing = createLanding(
    {
      async insert(_table, rows, options) {
        inserts.push({ ids: (rows as EventRow[]).map((row) => row.message_id), token: options?.dedupToken });
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

  test('refuses what does not fit into memory instead of growing', async () => {
    let release = () => undefined as void;
    const { landing } = scripted(() => new Promise<void>((resolve) => (release = resolve)));
    const first = landing.land(request('a'));
    await new Promise((resolve) => setTimeout(resolve, 10));
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

  test('stores what is waiting before it closes', async () => {
    const { landing, inserts } = scripted(succeed);
    const landed = landing.land(request('a'));
    await landing.close();
    await landed;
    expect(inserts).toHaveLength(1);
    await expect(landing.land(request('b'))).rejects.toMatchObject({ code: 'collect.overloaded' });
  });
});
