/** What a schedule may say, and when it is due. No I/O. */
import { createTask, validateDetailed } from 'node-cron';
import * as z from 'zod';
import { SLUG } from '../documents/slug.ts';

const minuteMs = 60_000;
const unitMs = { m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs } as const;
const interval = /^([1-9]\d{0,3})([mhd])$/;

/** Five fields; node-cron would also take a sixth for seconds, which nothing here is fast enough to deserve. */
const Cron = z.string().superRefine((expression, context) => {
  const fields = expression.trim().split(/\s+/).length;
  if (fields !== 5) {
    context.addIssue({ code: 'custom', message: `a cron expression has five fields (minute hour day month weekday), this has ${fields}` });
    return;
  }
  for (const { field, message } of validateDetailed(expression).errors)
    context.addIssue({ code: 'custom', message: `${field}: ${message}` });
});

/** `source`: whatever the thing itself is made from (a sync's segment; the dbt build for a table). */
const Trigger = z
  .string()
  .regex(
    new RegExp(`^(source|build|(segment|sync):${SLUG.source.slice(1, -1)})$`),
    'must be `source`, `build`, `segment:<id>` or `sync:<id>`',
  );

/**
 * `{ cron: '30 3 * * 1' }` in the time zone of the workspace; `{ every: 15m }` in minutes, hours or days counted from 1970 in UTC, so that all
 * replicas mean the same instants; `{ after: source }` when something else has been done, one or several of them.
 */
export const Schedule = z.union([
  z.strictObject({ cron: Cron.meta({ description: 'Cron expression of five fields, in SLUICE_TIMEZONE.' }) }),
  z.strictObject({
    every: z.string().regex(interval, 'a number of minutes, hours or days: 15m, 2h, 1d').meta({ description: 'Interval: 15m, 2h, 1d.' }),
  }),
  z.strictObject({
    after: z
      .union([Trigger.transform((trigger) => [trigger]), z.array(Trigger).min(1)])
      .meta({ description: '`source`, `build`, `segment:<id>`, `sync:<id>`, or a list of these.' }),
  }),
]);
export type Schedule = z.output<typeof Schedule>;

/**
 * The instants in (`since`, `until`] at which it is due, in order; none for `after`. Costs 8 µs per minute of a cron schedule, so keep the
 * span to days.
 */
export function slotsBetween(schedule: Schedule, since: Date, until: Date, timezone: string): Date[] {
  if ('every' in schedule) return multiples(intervalMs(schedule.every), since, until);
  if ('after' in schedule) return [];
  return withTask(schedule.cron, timezone, (task) => multiples(minuteMs, since, until).filter((minute) => task.match(minute)));
}

/** The next `count` instants from now at which it is due; none for `after`. */
export function nextSlots(schedule: Schedule, timezone: string, count = 5): Date[] {
  if ('after' in schedule) return [];
  if ('cron' in schedule) return withTask(schedule.cron, timezone, (task) => task.getNextRuns(count));
  const stepMs = intervalMs(schedule.every);
  const first = Math.floor(Date.now() / stepMs) + 1;
  return Array.from({ length: count }, (_, index) => new Date((first + index) * stepMs));
}

/** For people: `cron 0 3 * * * (Europe/Berlin)`, `every 15m`, `after segment:lapsing`. */
export function describeSchedule(schedule: Schedule, timezone: string): string {
  if ('cron' in schedule) return `cron ${schedule.cron} (${timezone})`;
  return 'every' in schedule ? `every ${schedule.every}` : `after ${schedule.after.join(', ')}`;
}

function intervalMs(every: string): number {
  const [, amount, unit] = interval.exec(every) ?? [];
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}

function multiples(stepMs: number, since: Date, until: Date): Date[] {
  const slots: Date[] = [];
  for (let at = (Math.floor(since.getTime() / stepMs) + 1) * stepMs; at <= until.getTime(); at += stepMs) slots.push(new Date(at));
  return slots;
}

/** node-cron keeps every task in a register of the process until it is destroyed. */
function withTask<T>(cron: string, timezone: string, use: (task: ReturnType<typeof createTask>) => T): T {
  const task = createTask(cron, () => undefined, { timezone });
  try {
    return use(task);
  } finally {
    void task.destroy();
  }
}
