import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type StackServer, storeStacks } from '../../test/store-stacks.ts';
import { DOCUMENT_KINDS } from '../document-kinds.ts';
import type { JobOutcome } from '../documents/kind.ts';
import { defineErrors } from '../errors.ts';
import { createLogger } from '../log.ts';
import { openStore, type Store, type StoreConfig } from '../store/store.ts';
import { createClock } from './clock.ts';
import { isBuildOfSome, type Job } from './jobs.ts';
import { scheduleLog } from './log.ts';
import { type JobContext, openQueue, type Queue } from './queue.ts';
import { runSchedules } from './run.ts';
import { missedSlots, recentSlots } from './slot-record.ts';

const testErrors = defineErrors('schedule_test', {
  busy: { summary: '', fault: 'transient', status: 503, exitCode: 1, hint: '' },
  wrong: { summary: '', fault: 'config', status: 422, exitCode: 2, hint: '' },
});
const success: JobOutcome = { succeeded: true, summary: {} };
const run = (id: string): Job => ({ name: 'sync.run', id });

describe.each(await storeStacks())('schedules on $name', (stack) => {
  describe.skipIf(stack.unavailable !== undefined)(stack.unavailable ?? 'keep their promises', () => {
    let server: StackServer;
    let config: StoreConfig;
    let store: Store;
    /** Two processes would each have their own store and queue. */
    let replica: Store;
    let queues: [Queue, Queue];
    const failures: unknown[] = [];

    beforeAll(async () => {
      server = await stack.start();
      config = await server.emptyConfig();
      [store, replica] = await Promise.all([openStore(config), openStore(config)]);
    });
    beforeEach(async () => {
      failures.length = 0;
      queues = await Promise.all(
        [store, replica].map((each) => openQueue(each, { kinds: DOCUMENT_KINDS, onError: (error) => failures.push(error) })) as [
          Promise<Queue>,
          Promise<Queue>,
        ],
      );
    });
    afterEach(async () => {
      await Promise.all(queues.map((queue) => queue.close({ graceMs: 1_000 })));
      await store.pool.query('delete from sluice_jobs.job');
      await store.pool.query('truncate sluice.resources, sluice.resource_revisions, sluice.schedule_slots');
    });
    afterAll(async () => {
      await store?.close();
      await replica?.close();
      await server?.stop();
    });

    /** Both replicas work; returns what they did, in order. */
    async function work(handle: (job: Job, context: JobContext) => Promise<JobOutcome>): Promise<string[]> {
      const done: string[] = [];
      const handler = async (job: Job, context: JobContext) => {
        const summary = await handle(job, context);
        done.push('id' in job ? job.id : job.name);
        return summary;
      };
      const handlers = { build: handler, 'segment.publish': handler, 'sync.run': handler };
      await Promise.all(queues.map((queue) => queue.work(handlers, { pollSeconds: 0.5 })));
      return done;
    }

    describe('the queue', () => {
      test('a run started twice runs once, whichever of two workers takes it', async () => {
        const ids = await Promise.all([queues[0].enqueue(run('crm')), queues[1].enqueue(run('crm')), queues[0].enqueue(run('ads'))]);
        expect(ids.filter((id) => id !== null)).toHaveLength(2);
        const done = await work(async () => success);
        await vi.waitFor(() => expect(done.toSorted()).toEqual(['ads', 'crm']), { timeout: 30_000 });
        await sleep(1_200);
        expect(done).toHaveLength(2);
      });

      test('of one sync one runs and at most one waits, across replicas', async () => {
        let running = 0;
        let atOnce = 0;
        const done = await work(async () => {
          running++;
          atOnce = Math.max(atOnce, running);
          await sleep(700);
          running--;
          return success;
        });
        await queues[0].enqueue(run('crm'));
        await vi.waitFor(() => expect(running).toBe(1), { timeout: 30_000 });
        expect(await queues[1].enqueue(run('crm'))).not.toBeNull();
        expect(await queues[0].enqueue(run('crm'))).toBeNull();
        expect((await queues[1].pending()).map(({ state }) => state).toSorted()).toEqual(['running', 'waiting']);
        await vi.waitFor(() => expect(done).toHaveLength(2), { timeout: 30_000 });
        expect(atOnce).toBe(1);
      });

      test('what is enqueued in a transaction that is rolled back never runs', async () => {
        const attempt = store.transaction(async (transaction) => {
          expect(await queues[0].enqueue(run('crm'), transaction)).not.toBeNull();
          throw new Error('no');
        });
        await expect(attempt).rejects.toThrow('no');
        expect(await queues[0].pending()).toEqual([]);
      });

      test('a fault that may pass is tried again, later; one that will not is put with the dead letters at once, with its reason', async () => {
        await work(async (job) => {
          if ('id' in job && job.id === 'busy') throw testErrors.busy('the warehouse restarts');
          throw testErrors.wrong('the destination has no such object');
        });
        await queues[0].enqueue(run('busy'));
        await queues[0].enqueue(run('wrong'));
        await vi.waitFor(async () => expect(await queues[0].deadLetters()).toHaveLength(1), { timeout: 30_000 });
        const [letter] = await queues[1].deadLetters();
        expect(letter).toMatchObject({ job: run('wrong'), attempts: 1, reason: 'the destination has no such object' });
        await vi.waitFor(async () => expect(await queues[0].pending()).toMatchObject([{ job: run('busy'), state: 'waiting' }]));

        await queues[1].retryDeadLetter(letter?.id ?? '');
        await expect(queues[1].retryDeadLetter('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({
          code: 'schedule.job_missing',
        });
      });

      test('closing lets a running job finish', async () => {
        const done = await work(() => sleep(600, success));
        await queues[0].enqueue(run('crm'));
        await vi.waitFor(async () => expect(await queues[0].pending()).toMatchObject([{ state: 'running' }]), { timeout: 30_000 });
        await Promise.all(queues.map((queue) => queue.close({ graceMs: 5_000 })));
        expect(done).toEqual(['crm']);
      });

      test('a job that does not finish in time is told, and goes back to the queue', async () => {
        let reason: unknown;
        await work(async (_, { signal }) => {
          await sleep(30_000, undefined, { signal }).catch((error) => {
            reason = error;
            throw error;
          });
          return success;
        });
        await queues[0].enqueue(run('crm'));
        await vi.waitFor(async () => expect(await queues[0].pending()).toMatchObject([{ state: 'running' }]), { timeout: 30_000 });
        await Promise.all(queues.map((queue) => queue.close({ graceMs: 1_000 })));
        expect(reason).toMatchObject({ name: 'AbortError' });
        const next = await openQueue(store, { kinds: DOCUMENT_KINDS, onError: (error) => failures.push(error) });
        expect(await next.pending()).toMatchObject([{ job: run('crm'), state: 'waiting' }]);
        await next.close();
      });

      test('a job that is cancelled while it runs elsewhere is told soon, and is not run again', async () => {
        const told: unknown[] = [];
        const ends: string[] = [];
        await queues[0].work(
          { 'sync.run': (_, { signal }) => sleep(30_000, success, { signal }).catch((error: unknown) => Promise.reject(told.push(error))) },
          { pollSeconds: 0.5, onEnd: ({ end }) => ends.push(end) },
        );
        const id = (await queues[0].enqueue(run('crm'))) ?? '';
        await vi.waitFor(async () => expect(await queues[1].find(id)).toMatchObject({ state: 'running' }), { timeout: 30_000 });
        await queues[1].cancel(id);
        await vi.waitFor(() => expect(ends).toEqual(['cancelled']), { timeout: 15_000 });
        expect(told).toMatchObject([{ name: 'AbortError' }]);
        expect(await queues[1].find(id)).toMatchObject({ state: 'cancelled' });
        expect([await queues[1].pending(), await queues[1].deadLetters()]).toEqual([[], []]);
        await expect(queues[1].cancel(id)).rejects.toMatchObject({ code: 'schedule.job_over' });
      });

      test('a restart of the database is reported and survived', async () => {
        const done = await work(async () => success);
        await server.crashAndRestart();
        await vi.waitFor(async () => expect(await queues[0].enqueue(run('crm'))).not.toBeNull(), { timeout: 30_000 });
        await vi.waitFor(() => expect(done).toEqual(['crm']), { timeout: 30_000 });
        // pg-boss reports some of them as plain objects, which end a process that takes them for errors.
        expect(failures.every((failure) => failure instanceof Error)).toBe(true);
      });
    });

    describe('the clock', () => {
      const minute = (count: number) => new Date(Math.ceil(Date.now() / 900_000) * 900_000 + count * 60_000);
      const apply = (kind: 'segment' | 'sync', id: string, document: object) =>
        store.resources.put({ kind, id, document: { ...document } }, 'test');
      const clocks = () =>
        [0, 1].map((index) =>
          createClock({
            store: index ? replica : store,
            queue: queues[index] as Queue,
            kinds: DOCUMENT_KINDS,
            config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
          }),
        );

      test('of two clocks that tick at the same slot exactly one fires it', async () => {
        await apply('sync', 'crm', { schedule: { every: '15m' } });
        await apply('segment', 'regulars', { schedule: { cron: '*/15 * * * *' } });
        for (const now of [minute(0), minute(1), minute(15)]) {
          const fired = await Promise.all(clocks().map((clock) => clock.tick(now)));
          expect(
            fired
              .flat()
              .map(({ subject }) => subject)
              .toSorted(),
          ).toEqual(now.getUTCMinutes() % 15 ? [] : ['segment:regulars', 'sync:crm']);
        }
        expect(await recentSlots(store, 'sync:crm', 10)).toMatchObject([
          { slotAt: minute(15), outcome: 'skipped' },
          { slotAt: minute(0), outcome: 'enqueued' },
        ]);
      });

      test('a slot whose run is over is not fired again by a clock that is late', async () => {
        await apply('sync', 'crm', { schedule: { every: '15m' } });
        const done = await work(async () => success);
        const [early, late] = clocks();
        await early?.tick(minute(0));
        await vi.waitFor(() => expect(done).toEqual(['crm']), { timeout: 30_000 });
        await vi.waitFor(async () => expect(await queues[0].pending()).toEqual([]));
        expect(await late?.tick(minute(0))).toEqual([]);
        expect(await queues[0].pending()).toEqual([]);
      });

      test('slots that came due while no clock ran are recorded as missed, and the newest is run late', async () => {
        await apply('sync', 'crm', { schedule: { every: '15m' } });
        await clocks()[0]?.tick(minute(0));
        const fired = await clocks()[0]?.tick(minute(50));
        expect(fired?.map(({ slotAt, outcome }) => [slotAt.getTime() - minute(0).getTime(), outcome])).toEqual([
          [900_000, 'missed'],
          [1_800_000, 'missed'],
          [2_700_000, 'skipped'],
        ]);
        expect(await missedSlots(store)).toEqual(new Map([['sync:crm', 2]]));
      });

      test('what follows a build, a segment or a sync starts after it, through all its descendants', async () => {
        await apply('segment', 'regulars', { schedule: { after: 'source' } });
        await apply('sync', 'crm', { source: { segment: 'regulars' }, schedule: { after: 'source' } });
        await apply('sync', 'report', { source: { table: 'profiles' }, schedule: { after: ['sync:crm'] } });
        await apply('segment', 'unlucky', { schedule: { after: 'build' } });
        await apply('sync', 'never', { schedule: { after: 'segment:unlucky' } });
        await apply('sync', 'alone', { source: { table: 'profiles' }, schedule: { every: '1d' } });
        const done: string[] = [];
        const handler = async (job: Job) => {
          const subject = 'id' in job ? job.id : job.name;
          done.push(subject);
          return { succeeded: subject !== 'unlucky', summary: {} };
        };
        const handlers = { build: handler, 'segment.publish': handler, 'sync.run': handler };
        const service = await runSchedules({
          store,
          queue: queues[0],
          handlers,
          kinds: DOCUMENT_KINDS,
          config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
          onError: (error) => failures.push(error),
          concernedBy: async (job) => (isBuildOfSome(job) ? async () => false : undefined),
          pollSeconds: 0.5,
        });
        await queues[0].enqueue({ name: 'build' });
        await vi.waitFor(() => expect(done.at(-1)).toBe('report'), { timeout: 30_000 });
        expect(done.filter((each) => each !== 'unlucky')).toEqual(['build', 'regulars', 'crm', 'report']);
        expect(done).toContain('unlucky');
        expect((await queues[0].pending()).filter(({ state }) => state === 'waiting')).toEqual([]);
        // What reads nothing of what was built does not follow; and a build of everything waits beside it.
        await queues[0].enqueue({ name: 'build', select: ['orders'] });
        await vi.waitFor(() => expect(done.at(-1)).toBe('build'), { timeout: 30_000 });
        await vi.waitFor(async () => expect(await queues[0].pending()).toEqual([]), { timeout: 30_000 });
        expect(done.at(-1)).toBe('build');
        await service.close();
        expect(failures).toEqual([]);
      });

      test('each job, each missed slot and each job that failed for good leaves a line in the log, without the message of an unexpected error', async () => {
        const lines: Record<string, unknown>[] = [];
        const destination = new Writable({
          write(line, _encoding, done) {
            lines.push(JSON.parse(String(line)));
            done();
          },
        });
        const log = scheduleLog(createLogger({ SLUICE_LOG_LEVEL: 'info' }, destination));
        const handler = async (job: Job): Promise<JobOutcome> => {
          const id = 'id' in job ? job.id : job.name;
          if (id === 'busy') throw testErrors.busy('the warehouse restarts');
          if (id === 'wrong') throw testErrors.wrong('no such object');
          if (id === 'bug') throw new Error('cannot read ada@example.com');
          return { succeeded: id === 'good', summary: { accepted: 3 } };
        };
        for (const id of ['good', 'bad', 'busy', 'wrong', 'bug']) await queues[0].enqueue(run(id));
        await apply('sync', 'crm', { schedule: { every: '15m' } });
        const service = await runSchedules({
          store,
          queue: queues[0],
          handlers: { 'sync.run': handler },
          kinds: DOCUMENT_KINDS,
          config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
          onError: (error) => failures.push(error),
          pollSeconds: 0.5,
          log,
        });
        const of = (msg: string, id: string) => lines.find((line) => String(line.msg).startsWith(msg) && line.subject === `sync:${id}`);
        await vi.waitFor(
          () => expect(['good', 'bad', 'busy', 'wrong', 'bug'].map((id) => of('job ended', id)?.subject)).not.toContain(undefined),
          { timeout: 30_000 },
        );
        expect(of('job started', 'good')).toMatchObject({ job: 'sync.run', attempt: 1, job_id: expect.any(String) });
        expect(of('job ended', 'good')).toMatchObject({ level: 30, succeeded: true, accepted: 3, ms: expect.any(Number) });
        expect(of('job ended', 'bad')).toMatchObject({ level: 40, succeeded: false });
        expect(of('job ended', 'busy')).toMatchObject({
          level: 40,
          will_retry: true,
          code: 'schedule_test.busy',
          reason: 'the warehouse restarts',
        });
        expect(of('job ended', 'wrong')).toMatchObject({ level: 50, will_retry: false, code: 'schedule_test.wrong' });
        expect(of('job ended', 'bug')).toMatchObject({ code: 'bug.unexpected', name: 'Error' });
        await service.close();

        // What the clock reports once a minute, without waiting for the minute.
        log.slots(
          await createClock({
            store,
            queue: queues[0],
            kinds: DOCUMENT_KINDS,
            config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
          }).tick(minute(50)),
        );
        expect(lines.filter(({ msg }) => msg === 'slot missed').map(({ subject }) => subject)).toContain('sync:crm');
        log.dead(await queues[0].deadLetters());
        expect(of('job failed for good', 'wrong')).toMatchObject({ level: 50, attempts: 1, dead_letter_id: expect.any(String) });
        expect(JSON.stringify(lines)).not.toContain('ada@example.com');
      });
    });
  });
});
