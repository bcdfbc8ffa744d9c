import { afterEach, describe, expect, test } from 'vitest';
import type { Failure } from './errors.ts';
import type { Launch } from './service.ts';
import { Supervisor } from './supervisor.ts';

/** A server that is a line of JavaScript; healthy once it has lived for a moment. */
function launch(code: string, more: Partial<Launch> = {}): Launch {
  return { endpoints: {}, args: ['-e', code], isHealthy: async () => true, explain: () => undefined, ...more };
}

const STAYS = 'setInterval(() => {}, 1000)';

const supervisors: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop()));
});

function supervise(server: Launch) {
  const pids: number[] = [];
  const restarts: string[] = [];
  const ready = Promise.withResolvers<void>();
  const gaveUp = Promise.withResolvers<Failure>();
  const supervisor = new Supervisor(
    server,
    {
      onSpawn: async (pid) => {
        pids.push(pid);
      },
      onRestarting: (tail) => restarts.push(tail),
      onReady: () => ready.resolve(),
      onGaveUp: gaveUp.resolve,
    },
    () => 10,
  );
  supervisors.push(supervisor);
  return { supervisor, pids, restarts, ready: ready.promise, gaveUp: gaveUp.promise };
}

describe('a server that does not start', () => {
  test('is reported with its last words', async () => {
    const { supervisor } = supervise(launch(`console.error('the disk is on fire'); process.exit(0)`, { isHealthy: async () => false }));
    const failure = await supervisor.start();
    expect(failure).toMatchObject({ error: 'start_failed', message: expect.stringContaining('the disk is on fire') });
  });

  test('is reported in our words when its own are known', async () => {
    const known: Failure = { error: 'no_space', message: 'The disk is full.' };
    const explain = (stderr: string) => (stderr.includes('ENOSPC') ? known : undefined);
    const { supervisor } = supervise(launch(`console.error('ENOSPC')`, { isHealthy: async () => false, explain }));
    expect(await supervisor.start()).toEqual(known);
  });
});

test('a server that dies is started again', async () => {
  const { supervisor, pids, restarts, ready } = supervise(launch(STAYS));
  expect(await supervisor.start()).toBeUndefined();
  process.kill(pids[0] ?? 0, 'SIGKILL');
  await ready;
  expect(pids).toHaveLength(2);
  expect(restarts).toHaveLength(1);
});

test('a server that keeps dying is given up, with its last words', async () => {
  const { supervisor, pids, gaveUp } = supervise(launch(`setTimeout(() => { console.error('no luck'); process.exit(1) }, 20)`));
  await supervisor.start();
  expect(await gaveUp).toMatchObject({ error: 'gave_up', message: expect.stringMatching(/died 6 times[\s\S]*no luck/) });
  expect(pids).toHaveLength(6);
}, 20_000);

test('a server that is asked to stop is not started again', async () => {
  const { supervisor, pids, restarts } = supervise(launch(STAYS));
  await supervisor.start();
  await supervisor.stop();
  expect(() => process.kill(pids[0] ?? 0, 0)).toThrow('ESRCH');
  expect(restarts).toEqual([]);
});
