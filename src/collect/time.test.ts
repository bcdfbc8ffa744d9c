import { afterAll, describe, expect, test } from 'vitest';
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

  test.each([undefined, null, '', ' '])('is the time of arrival when the client says %o', (timestamp) => {
    expect(at({ timestamp })).toEqual({
      occurred_at: receivedAt.toISOString(),
      original_timestamp: null,
      sent_at: null,
      time_correction: '',
    });
  });

  test.each([
    'yesterday',
    {},
    [],
    true,
    '2026-13-45',
    '2026-02-30T10:00:00Z',
    '2026-11-25T25:00:00Z',
    '2026-11-25T24:00:01Z',
    '2026-11-25T10:60:00Z',
    '2026-11-25T10:00:00+99:00',
    '2026-11-25 foo',
    '2026 foo',
    '2026',
    '2026-11',
    '20261125',
    '202611251000',
    202611251000,
    '0000-00-00 00:00:00',
    '11/25/2026',
    '25.11.2026 10:00',
    'Wed, 25 Nov 2026 10:00:00 GMT',
    '10:00:00',
    '{{timestamp}}',
    'null',
    '1764064800abc',
    1e300,
    JSON.rawJSON('1e400'),
  ])('is the time of arrival, and marked as unreadable, when the client says %o', (timestamp) => {
    const marked = { occurred_at: receivedAt.toISOString(), original_timestamp: null, time_correction: 'unreadable' };
    expect(at({ timestamp })).toMatchObject(marked);
    expect(at({ originalTimestamp: timestamp })).toMatchObject(marked);
  });

  test.each([
    [0, 'implausible'],
    [-1, 'implausible'],
    [2026, 'implausible'],
    [20261125, 'implausible'],
    ['0001-01-01T00:00:00Z', 'implausible'],
    ['9999-12-31T23:59:59Z', 'implausible'],
    ['+010000-01-01T00:00:00Z', 'unreadable'],
  ])('is the time of arrival, and marked, when the client says %o', (timestamp, time_correction) => {
    expect(at({ timestamp })).toMatchObject({ occurred_at: receivedAt.toISOString(), time_correction });
  });

  test('that cannot be read gives way to the other one, then to when it was sent, and says so', () => {
    const originalTimestamp = '2026-11-25T11:00:00Z';
    expect(at({ timestamp: 'soon', originalTimestamp })).toMatchObject({
      occurred_at: '2026-11-25T11:00:00.000Z',
      time_correction: 'unreadable',
    });
    expect(at({ timestamp: originalTimestamp, originalTimestamp: 'soon' }).time_correction).toBe('');
    expect(at({ timestamp: 'soon', sentAt: originalTimestamp })).toMatchObject({
      occurred_at: '2026-11-25T11:00:00.000Z',
      time_correction: 'unreadable',
    });
  });

  test('is taken as said when the time of sending cannot be read, and says so', () => {
    const said = at({ timestamp: '2026-11-25T11:00:00Z', sentAt: 'now' });
    expect(said).toMatchObject({ occurred_at: '2026-11-25T11:00:00.000Z', sent_at: null, time_correction: 'unreadable_sent_at' });
    expect(at({ sentAt: 'now' })).toMatchObject({ occurred_at: receivedAt.toISOString(), time_correction: 'unreadable_sent_at' });
  });
});

describe('a time that a client writes', () => {
  const zone = process.env.TZ;
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  describe.each(['UTC', 'America/St_Johns', 'Asia/Kolkata'])('in a process whose zone is %s', (processZone) => {
    test.each([
      ['2026-11-25T10:00:00.500Z'],
      ['2026-11-25T10:00:00.5'],
      ['2026-11-25T10:00:00.500999999'],
      ['2026-11-25 10:00:00.500'],
      ['2026-11-25 10:00:00,500'],
      ['2026-11-25T12:00:00.500+0200'],
      ['2026-11-25T12:00:00.500+02:00'],
      ['2026-11-25 12:00:00.500+02'],
      ['2026-11-25T12:00:00.500 +0200'],
      ['2026-11-25T04:30:00.500-05:30'],
      ['2026-11-25 10:00:00.500 UTC'],
      ['2026-11-25t10:00:00.500z'],
      ['2026-11-25T11:00:00.500+01:00[Europe/Amsterdam]'],
      [' 2026-11-25T10:00:00.500Z '],
      [1_795_600_800.5],
      ['1795600800.5'],
      [1_795_600_800_500],
      ['1795600800500'],
      [1_795_600_800_500_123],
      ['1795600800500123'],
      [JSON.rawJSON('1795600800500123456')],
      [JSON.rawJSON('1.7956008005E12')],
      ['1795600800500123456'],
    ])('%o is the same instant, and UTC where it names no zone', (timestamp) => {
      process.env.TZ = processZone;
      expect(at({ timestamp })).toMatchObject({
        occurred_at: '2026-11-25T10:00:00.500Z',
        original_timestamp: '2026-11-25T10:00:00.500Z',
        time_correction: '',
      });
    });

    test.each([
      ['2026-11-25', '2026-11-25T00:00:00.000Z'],
      ['2026-11-25T10:00', '2026-11-25T10:00:00.000Z'],
      ['2026-11-24T24:00:00', '2026-11-25T00:00:00.000Z'],
      ['2024-02-29T01:30:00', '2024-02-29T01:30:00.000Z'],
      ['2026-03-29T02:30:00', '2026-03-29T02:30:00.000Z'],
      ['1998-01-01T00:00:00Z', '1998-01-01T00:00:00.000Z'],
      [1_795_600_800, '2026-11-25T10:00:00.000Z'],
    ])('%o is %s', (timestamp, occurred_at) => {
      process.env.TZ = processZone;
      expect(at({ timestamp })).toMatchObject({ occurred_at, time_correction: '' });
    });
  });
});
