import { expect, test } from 'vitest';
import { Schedule } from '../documents/schedule.ts';
import { dueSlots } from './due.ts';
import type { Scheduled } from './scheduled.ts';

const at = (time: string) => new Date(`2026-03-01T${time}:00Z`);
const scheduled = (schedule: object, since: Date | null = at('00:00')): Scheduled => ({
  subject: 'sync:crm',
  job: { name: 'sync.run', id: 'crm' },
  schedule: Schedule.parse(schedule),
  triggers: [],
  since,
});
const due = (all: Scheduled[], after: Date | undefined, until: Date) =>
  dueSlots(all, new Map(after && [['sync:crm', after]]), until, 'UTC').map(({ slotAt, isMissed }) => [
    slotAt.toISOString().slice(11, 16),
    isMissed,
  ]);

test('a tick fires the slot of its minute, once', () => {
  expect(due([scheduled({ every: '15m' })], at('10:14'), at('10:15'))).toEqual([['10:15', false]]);
  expect(due([scheduled({ every: '15m' })], at('10:15'), at('10:16'))).toEqual([]);
});

test('after a pause the newest slot is fired and the others are missed', () => {
  expect(due([scheduled({ cron: '*/15 * * * *' })], at('10:00'), at('10:50'))).toEqual([
    ['10:15', true],
    ['10:30', true],
    ['10:45', false],
  ]);
});

test('a document is not due for times before it was applied', () => {
  expect(due([scheduled({ every: '15m' }, at('10:31'))], undefined, at('10:50'))).toEqual([['10:45', false]]);
  expect(due([scheduled({ every: '15m' }, at('10:31'))], at('09:00'), at('10:50'))).toEqual([['10:45', false]]);
});

test('without a known time of applying nothing before the first tick is due; after a recorded slot the next ones are', () => {
  expect(due([scheduled({ every: '15m' }, null)], undefined, at('10:50'))).toEqual([]);
  expect(due([scheduled({ every: '15m' }, null)], at('10:30'), at('10:50'))).toEqual([['10:45', false]]);
});

test('after a long absence the record stays small, and the newest slot is still fired', () => {
  const slots = dueSlots([scheduled({ every: '1m' }, new Date('2020-01-01'))], new Map(), at('10:00'), 'UTC');
  expect(slots).toHaveLength(101);
  expect(slots.at(-1)).toMatchObject({ slotAt: at('10:00'), isMissed: false });
  expect(slots.filter(({ isMissed }) => isMissed)).toHaveLength(100);
});
