/** When a message happened, given what clocks that we do not control say. Pure. */

export interface ClientTimes {
  /** Set by the caller; goes before `originalTimestamp`, which the SDK set. */
  readonly timestamp: unknown;
  readonly originalTimestamp: unknown;
  readonly sentAt: unknown;
  readonly receivedAt: Date;
}

export interface Occurrence {
  readonly occurred_at: string;
  readonly original_timestamp: string | null;
  readonly sent_at: string | null;
  readonly time_correction: '' | 'skew' | 'implausible';
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Nothing arrives before it is sent: a clock ahead by more than this is wrong. Less is what network time leaves. */
const AHEAD_MS = 60 * SECOND_MS;
/**
 * Several clients send a retry with the `sentAt` of the first try, up to hours later. So a `sentAt` in the past is a delay, not a slow
 * clock, unless it is longer ago than any of them retries.
 */
const BEHIND_MS = 7 * DAY_MS;
/** A device whose clock was never set says 1970 (some start at its first hours in local time). */
const EARLIEST_MS = Date.UTC(1971, 0, 1);
const FUTURE_MS = DAY_MS;

/**
 * The client's time; shifted by its clock's error where that is certain (`skew`); the time of arrival where what it says cannot be
 * (`implausible`: before 1971, or more than a day after it arrived). The client's own words are kept beside it.
 */
export function occurrence(times: ClientTimes): Occurrence {
  const receivedMs = times.receivedAt.getTime();
  const saidMs = instant(times.timestamp) ?? instant(times.originalTimestamp);
  const sentMs = instant(times.sentAt);
  const said = { original_timestamp: storable(saidMs), sent_at: storable(sentMs) };
  const at = (ms: number, time_correction: Occurrence['time_correction']): Occurrence => ({
    ...said,
    occurred_at: new Date(ms).toISOString(),
    time_correction,
  });

  const lateByMs = sentMs === undefined ? 0 : receivedMs - sentMs;
  const isSkewed = lateByMs < -AHEAD_MS || lateByMs > BEHIND_MS;
  // Without a time of its own it happened when it was sent.
  const ms = (saidMs ?? sentMs ?? receivedMs) + (isSkewed ? lateByMs : 0);
  if (ms >= EARLIEST_MS && ms <= receivedMs + FUTURE_MS) return at(ms, isSkewed ? 'skew' : '');
  // A time that the caller chose (an import) has nothing to do with the clock that sent it.
  if (isSkewed && saidMs !== undefined && saidMs >= EARLIEST_MS && saidMs <= receivedMs) return at(saidMs, '');
  return at(receivedMs, 'implausible');
}

/** Milliseconds since 1970 of an ISO 8601 text or a number of seconds or milliseconds; undefined for anything else. */
function instant(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? Math.round(Math.abs(value) < SECONDS_UNTIL_5138 ? value * SECOND_MS : value) : undefined;
  if (typeof value !== 'string' || !/^[+-]?\d{4}/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** As seconds this is the year 5138, as milliseconds March 1973. */
const SECONDS_UNTIL_5138 = 1e11;

/** The range of DateTime64(3) in ClickHouse. */
function storable(ms: number | undefined): string | null {
  return ms !== undefined && ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(2299, 0, 1) ? new Date(ms).toISOString() : null;
}
