/** The general meaning of an HTTP answer, before a vendor's own rules: the table of statuses, and the two forms of Retry-After. */
import type { HttpReply } from './connector.ts';
import type { Fault } from './fault.ts';

/** Longest wait that we accept from a destination. A longer one ends the run, and the next run tries again. */
export const longestRetryAfterMs = 60 * 60 * 1_000;

/** RFC 9110, 10.2.3: seconds or an HTTP date. Undefined when absent or neither. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1_000, longestRetryAfterMs);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now.getTime()), longestRetryAfterMs);
}

/** Vendors override single statuses; all others have this meaning. */
export function faultOfStatus(reply: HttpReply, now: Date): Fault {
  const { status } = reply;
  const message = `HTTP ${status}`;
  const wait = retryAfterMs(reply.headers, now);
  const throttled: Fault = { kind: 'throttled', message, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { kind: 'auth', message };
    case 409:
      return { kind: 'row_conflict', message };
    case 404:
    case 405:
      return { kind: 'config', message: `${message}: nothing answers at this address` };
    case 410:
      return { kind: 'config', message: `${message}: the address is gone for good` };
    case 413:
      return { kind: 'too_large', message };
    case 429:
      return throttled;
    case 408:
    case 423:
    case 425:
      return { kind: 'transient', message };
    case 400:
    case 422:
      return { kind: 'row_invalid', message };
    case 501:
    case 505:
      return { kind: 'vendor_contract', message };
    case 503:
      return wait === undefined ? { kind: 'transient', message } : throttled;
    default:
  }
  if (status >= 500) return { kind: 'transient', message };
  if (status >= 300 && status < 400) return { kind: 'config', message: `${message}: redirects are not followed, give the final address` };
  return { kind: 'config', message };
}
