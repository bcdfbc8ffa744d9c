/** The clock: once a minute it enqueues what is due. It runs nothing itself, so any number of replicas may have one. */
import { schedule as everyMinute } from 'node-cron';
import type { Config } from '../config.ts';
import type { Store } from '../store/store.ts';
import { dueSlots } from './due.ts';
import type { Queue } from './queue.ts';
import { listScheduled, type ScheduledKinds, scheduledBuild } from './scheduled.ts';
import { claimSlot, forgetOldSlots, lastSlots, type SlotOutcome } from './slot-record.ts';

export type ScheduleConfig = Pick<Config, 'SLUICE_TIMEZONE' | 'SLUICE_BUILD_SCHEDULE'>;

export interface ClockOptions {
  readonly store: Store;
  readonly queue: Queue;
  readonly config: ScheduleConfig;
  readonly kinds: ScheduledKinds;
  /** A tick failed. The next one deals with its slots too. */
  readonly onError: (error: unknown) => void;
  /** After each tick, with what it did. */
  readonly onTick?: ((fired: readonly Fired[]) => unknown) | undefined;
}

export interface Fired {
  readonly subject: string;
  readonly slotAt: Date;
  readonly outcome: SlotOutcome;
}

export interface Clock {
  /** Deals with everything that came due up to `now` and was not dealt with before, by this clock or another. Returns what this one did. */
  tick(now: Date): Promise<readonly Fired[]>;
  close(): Promise<void>;
}

/** A clock that does not run by itself. */
export function createClock({ store, queue, config, kinds }: Omit<ClockOptions, 'onError' | 'onTick'>): Omit<Clock, 'close'> {
  const build = scheduledBuild(config);
  let tickedAt: Date | undefined;
  return {
    async tick(now) {
      const all = [...build, ...(await listScheduled(store.resources, kinds))];
      // The first tick asks the record what happened before this process lived. After that our own last tick is the better answer: a yearly
      // schedule would otherwise be looked for through days of minutes, each minute.
      const after = tickedAt === undefined ? await lastSlots(store) : new Map(all.map(({ subject }) => [subject, tickedAt as Date]));
      const fired: Fired[] = [];
      for (const due of dueSlots(all, after, now, config.SLUICE_TIMEZONE)) {
        const outcome = await claimSlot(store, queue, due);
        if (outcome) fired.push({ subject: due.scheduled.subject, slotAt: due.slotAt, outcome });
      }
      if (tickedAt?.getUTCDate() !== now.getUTCDate()) await forgetOldSlots(store);
      tickedAt = now;
      return fired;
    },
  };
}

/** Ticks at once, to deal with what came due while nothing ran, and then at each full minute. */
export function startClock({ onError, onTick, ...options }: ClockOptions): Clock {
  const clock = createClock(options);
  let ticking: Promise<unknown> = Promise.resolve();
  const tick = () => {
    ticking = ticking
      .then(() => clock.tick(new Date()))
      .then(onTick)
      .catch(onError);
    return ticking;
  };
  void tick();
  const task = everyMinute('* * * * *', tick, { noOverlap: true, suppressMissedWarning: true });
  return {
    tick: clock.tick,
    async close() {
      await task.destroy();
      await ticking;
    },
  };
}
