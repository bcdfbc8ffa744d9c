/** `before: now`: the moment that a segment is asked for, in the place of a written one. Pure. */
import { type DateContext, dateIn } from './calendar.ts';
import type { TimeWindow } from './checked.ts';

/** Of moments, the moment itself. */
export const momentForNow = (window: TimeWindow, { asOfMs }: DateContext): TimeWindow => replaced(window, new Date(asOfMs).toISOString());

/** Of days without a time, today in the zone: a day that is today is neither before nor after now. */
export const dayForNow = (window: TimeWindow, { asOfMs, timezone }: DateContext): TimeWindow => replaced(window, dateIn(asOfMs, timezone));

function replaced(window: TimeWindow, now: string): TimeWindow {
  if (window.is !== 'dates') return window;
  if (window.before === 'now') return { ...window, before: now, isNow: true };
  return window.after === 'now' ? { ...window, after: now, isNow: true } : window;
}
