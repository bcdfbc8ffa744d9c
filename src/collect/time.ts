/** When a message happened, derived from clocks that we do not control. Pure. */
import { instant } from './instant.ts';

export interface ClientTimes {
  /** Set by the caller; takes precedence over `originalTimestamp`, which the SDK sets. */
  readonly timestamp: unknown;
  readonly originalTimestamp: unknown;
  readonly sentAt: unknown;
  readonly receivedAt: Date;
}

export interface EventTime {
  readonly occurred_at: string;
  readonly original_timestamp: string | null;
  readonly sent_at: string | null;
  readonly time_correction: TimeCorrection;
}

/**
 * What was done about the client's times.
 * '': nothing; `occurred_at` is the client's time, or the client gave none.
 * skew: shifted by the error of the client's clock.
 * implausible: the client's time cannot be true; `occurred_at` is the time of arrival.
 * unreadable: `timestamp` or `originalTimestamp` is not a time; the other one was taken, else `sentAt`, else the time of arrival.
 * unreadable_sent_at: `sentAt` is not a time, so the clock could not be checked.
 */
export type TimeCorrection = '' | 'skew' | 'implausible' | 'unreadable' | 'unreadable_sent_at';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Nothing arrives before it is sent: a clock that is ahead by more than this is wrong. Clocks set over the network differ by less. */
const AHEAD_MS = 60 * SECOND_MS;
/**
 * Several clients send a retry with the `sentAt` of the first attempt, up to hours later. So a `sentAt` in the past is a delay and not a
 * slow clock, unless it is longer ago than any client retries.
 */
const BEHIND_MS = 7 * DAY_MS;
/** A device whose clock was never set says 1970 (some start at its first hours in local time). */
const EARLIEST_MS = Date.UTC(1971, 0, 1);
const FUTURE_MS = DAY_MS;

/**
 * The client's time. It is shifted by the error of the client's clock where that error is certain (`skew`), and replaced by the time of
 * arrival where it cannot be true (`implausible`: before 1971, or more than a day after it arrived). The client's own values are kept
 * beside it, and in the message.
 */
export function occurrence(times: ClientTimes): EventTime {
  const receivedMs = times.receivedAt.getTime();
  const [timestamp, original, sent] = [instant(times.timestamp), instant(times.originalTimestamp), instant(times.sentAt)];
  const saidMs = timestamp ?? original ?? undefined;
  const sentMs = sent ?? undefined;
  // The SDK's own time does not matter where the caller set one that can be read.
  const isUnreadable = timestamp === undefined || (timestamp === null && original === undefined);
  const at = (ms: number, correction: TimeCorrection): EventTime => {
    const occurred_at = isoTime(ms);
    return {
      occurred_at,
      // Most messages give the same time twice.
      original_timestamp: saidMs === ms ? occurred_at : storable(saidMs),
      sent_at: sentMs === ms ? occurred_at : storable(sentMs),
      time_correction: isUnreadable ? 'unreadable' : correction === '' && sent === undefined ? 'unreadable_sent_at' : correction,
    };
  };

  const lateByMs = sentMs === undefined ? 0 : receivedMs - sentMs;
  const isSkewed = lateByMs < -AHEAD_MS || lateByMs > BEHIND_MS;
  // A message without a time of its own happened when it was sent.
  const ms = (saidMs ?? sentMs ?? receivedMs) + (isSkewed ? lateByMs : 0);
  if (ms >= EARLIEST_MS && ms <= receivedMs + FUTURE_MS) return at(ms, isSkewed ? 'skew' : '');
  // A time that the caller chose (an import) does not come from the clock that set `sentAt`.
  if (isSkewed && saidMs !== undefined && saidMs >= EARLIEST_MS && saidMs <= receivedMs) return at(saidMs, '');
  return at(receivedMs, 'implausible');
}

/** The range of DateTime64(3) in ClickHouse. */
function storable(ms: number | undefined): string | null {
  return ms !== undefined && ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(2299, 0, 1) ? isoTime(ms) : null;
}

/** Cache of the last times written: messages of one request arrived, and often were sent, at the same moment. */
const written = new Map<number, string>();
const MAX_WRITTEN = 256;

/** As Date's toISOString, which takes longer than parsing a time. @param ms since 1970. */
export function isoTime(ms: number): string {
  const known = written.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString();
  if (written.size >= MAX_WRITTEN) written.clear();
  written.set(ms, text);
  return text;
}
