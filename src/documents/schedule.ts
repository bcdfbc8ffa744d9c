/** What a schedule may say, and when it is due. No I/O. */
import { Cron as CronPattern } from 'croner';
import * as z from 'zod';
import { SLUG } from './slug.ts';

const minuteMs = 60_000;
const unitMs = { m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs } as const;
const interval = /^([1-9]\d{0,3})([mhd])$/;

/** Five fields: nothing here is fast enough to deserve one for seconds. */
const Cron = z.string().superRefine((expression, context) => {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  const fields = expression.trim().split(/\s+/).length;
  if (fields !== 5) {
    refuse(`a cron expression has five fields (minute hour day month weekday), this has ${fields}`);
    return;
  }
  try {
    if (patternOf(expression, 'UTC').nextRun() === null) refuse(`is never due: no year has the day that ${expression} asks for`);
  } catch (error) {
    refuse(whatIsWrongWith(expression, error));
  }
});

/** Of a cron expression, in their order, with what each takes. */
const FIELDS = [
  ['minute', '0 to 59'],
  ['hour', '0 to 23'],
  ['day', '1 to 31, or L for the last day of the month'],
  ['month', '1 to 12, or JAN to DEC'],
  ['weekday', '0 to 7 (0 and 7 are Sunday), or SUN to SAT'],
] as const;

/** The parser counts fields and months from 0 in its messages, so the field is named here: it is the one that fails among stars. */
function whatIsWrongWith(expression: string, error: unknown): string {
  const given = expression.trim().split(/\s+/);
  for (const [index, [name, values]] of FIELDS.entries()) {
    const alone = FIELDS.map((_, other) => (other === index ? (given[index] ?? '*') : '*')).join(' ');
    try {
      patternOf(alone, 'UTC');
    } catch {
      return `the ${name} ${given[index]} cannot be read: it is *, or ${values}, as a list (1,3), a range (1-3) or with a step (*/2)`;
    }
  }
  return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
}

/**
 * `source`: whatever the thing itself is made from (a sync's segment; the dbt build for a table). Which kinds of documents there are to be named is
 * not known here: the check of activations/ says it.
 */
const Trigger = z
  .string()
  .regex(
    new RegExp(`^(source|build|[a-z]+:${SLUG.source.slice(1, -1)})$`),
    'must be `source`, `build` or a document, such as `segment:<id>` or `sync:<id>`',
  );

/**
 * `{ cron: '30 3 * * 1' }` in the time zone of the workspace; `{ every: 15m }` in minutes, hours or days counted from 1970 in UTC, so that all
 * replicas mean the same instants; `{ after: source }` when something else has been done, one or several of them.
 */
export const Schedule = z.union(
  [
    z.strictObject({ cron: Cron.meta({ description: 'Cron expression of five fields, in SLUICE_TIMEZONE.' }) }),
    z.strictObject({
      every: z
        .string()
        .regex(interval, 'a number of minutes, hours or days, from 1 to 9999: 15m, 2h, 1d')
        .meta({ description: 'Interval: 15m, 2h, 1d.' }),
    }),
    z.strictObject({
      after: z
        .union([Trigger.transform((trigger) => [trigger]), z.array(Trigger).min(1, 'an empty list: nothing would start it')], {
          error: 'must be `source`, `build`, `segment:<id>`, `sync:<id>`, or a list of these',
        })
        .meta({ description: '`source`, `build`, `segment:<id>`, `sync:<id>`, or a list of these.' }),
    }),
  ],
  { error: "one of { cron: '30 3 * * 1' }, { every: 15m }, { after: source }" },
);
export type Schedule = z.output<typeof Schedule>;

/**
 * The instants in (`since`, `until`] at which it is due, in order; none for `after`. Times of the day that a change of the clocks leaves out are due
 * when the clocks have changed, once, and those that come twice are due the first time. What is due again and again (a `*` or a step in minute or
 * hour) goes on through the change.
 */
export function slotsBetween(schedule: Schedule, since: Date, until: Date, timezone: string): Date[] {
  if ('every' in schedule) return multiples(intervalMs(schedule.every), since, until);
  if ('after' in schedule) return [];
  const pattern = patternOf(schedule.cron, timezone);
  const slots: Date[] = [];
  for (let at = pattern.nextRun(since); at !== null && at <= until; at = pattern.nextRun(at)) slots.push(at);
  return slots;
}

/** The next `count` instants from now at which it is due; none for `after`. */
export function nextSlots(schedule: Schedule, timezone: string, count = 5): Date[] {
  if ('after' in schedule) return [];
  if ('cron' in schedule) return patternOf(schedule.cron, timezone).nextRuns(count);
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

/** Paused: it is asked, and starts nothing. Lists and ranges are times of the day like single ones: `0,30 2 * * *` is due on each day. */
const patternOf = (cron: string, timezone: string) =>
  new CronPattern(cron, { timezone, mode: '5-part', paused: true, fixedTimeRule: 'no-wildcard' });
