import { describe, expect, test } from 'vitest';
import { occurrence } from './time.ts';

const receivedAt = new Date('2026-11-25T12:00:00.000Z');
const at = (times: { timestamp?: unknown; originalTimestamp?: unknown; sentAt?: unknown }) =>
  occurrence({ timestamp: times.timestamp, originalTimestamp: times.originalTimestamp, sentAt: times.sentAt, receivedAt });

describe('when a message happened', () => {
  test('is what the caller says, before what the SDK noted', () => {
    const said = at({ timestamp: '2026-11-25T11:00:00Z', originalTimestamp: '2026-11-25T11:59:59Z', sentAt: '2026-11-25T12:00:00Z' });
    expect(said).toMatchObject({ occurred_at: '2026-11-25T11:00:00.000Z', time_correction: '' });
    expect(at({ originalTimestamp: '2026-11-25T11:30:00.123456+01:00' }).occurred_at).toBe('2026-11-25T10:30:00.123Z');
  });

  test('is not shifted by a retry that repeats its first sentAt hours later', () => {
    const retried = at({ timestamp: '2026-11-25T05:59:00Z', sentAt: '2026-11-25T06:00:00Z' });
    expect(retried).toMatchObject({ occurred_at: '2026-11-25T05:59:00.000Z', time_correction: '' });
  });

  test('is shifted by the error of a clock that runs ahead, and the uncorrected time is kept', () => {
    const ahead = at({ timestamp: '2026-11-25T14:59:00Z', sentAt: '2026-11-25T15:00:00Z' });
    expect(ahead).toEqual({
      occurred_at: '2026-11-25T11:59:00.000Z',
      original_timestamp: '2026-11-25T14:59:00.000Z',
      sent_at: '2026-11-25T15:00:00.000Z',
      time_correction: 'skew',
    });
  });

  test('of a device whose clock was never set is found from how long before sending it was', () => {
    const unset = at({ timestamp: '1970-01-01T00:10:00Z', sentAt: '1970-01-01T00:20:00Z' });
    expect(unset).toMatchObject({ occurred_at: '2026-11-25T11:50:00.000Z', time_correction: 'skew' });
  });

  test.each([
    ['from 1970', '1970-01-01T00:00:00Z'],
    ['from 2099', '2099-01-01T00:00:00Z'],
  ])('%s is the time of arrival, and what the client said is kept', (_, timestamp) => {
    expect(at({ timestamp, sentAt: '2026-11-25T12:00:00Z' })).toMatchObject({
      occurred_at: receivedAt.toISOString(),
      original_timestamp: new Date(timestamp).toISOString(),
      time_correction: 'implausible',
    });
  });

  test.each([undefined, null, '', 'yesterday', {}, Number.NaN, '2026-13-45'])(
    'is the time of arrival when the client says %o',
    (timestamp) => {
      expect(at({ timestamp })).toEqual({
        occurred_at: receivedAt.toISOString(),
        original_timestamp: null,
        sent_at: null,
        time_correction: '',
      });
    },
  );

  test('may be given as seconds or milliseconds since 1970', () => {
    const ms = Date.parse('2026-11-25T10:00:00.500Z');
    expect(at({ timestamp: ms }).occurred_at).toBe('2026-11-25T10:00:00.500Z');
    expect(at({ timestamp: ms / 1_000 }).occurred_at).toBe('2026-11-25T10:00:00.500Z');
  });
});
