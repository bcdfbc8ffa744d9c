import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Accepted, type Arrival, acceptMessage, MAX_MESSAGE_BYTES, MESSAGE_TYPES } from './message.ts';

const arrival: Arrival = { source: 'web', receivedAt: new Date('2026-11-25T12:00:00Z'), batch: {} };
const accept = (raw: unknown, more: Partial<Arrival> = {}) => acceptMessage(raw, { ...arrival, ...more });
const rowOf = (accepted: Accepted) => {
  if (!accepted.ok) throw new Error(`refused: ${accepted.reason}`);
  return accepted.row;
};
const track = { type: 'track', event: 'Order Completed', userId: 'u1', messageId: 'm1' };

describe('a message is accepted', () => {
  test('with an id that is a number, which becomes its text', () => {
    expect(rowOf(accept({ ...track, userId: 42 })).user_id).toBe('42');
  });

  test.each([[null], [''], [undefined], ['  ']])('with userId %o as having none', (userId) => {
    expect(rowOf(accept({ ...track, userId, anonymousId: 'a1' })).user_id).toBe('');
  });

  test('without messageId under one made from its content: the same bytes are the same message', () => {
    const { messageId: _, ...without } = track;
    const first = rowOf(accept(without)).message_id;
    expect(rowOf(accept({ ...without })).message_id).toBe(first);
    expect(rowOf(accept({ ...without, event: 'Other' })).message_id).not.toBe(first);
    expect(rowOf(accept(without, { source: 'app' })).message_id).not.toBe(first);
  });

  test('with the context of its batch, where it has none of its own', () => {
    const row = rowOf(accept({ ...track, context: { ip: '1' } }, { batch: { context: { ip: '2', library: { name: 'java' } } } }));
    expect(JSON.parse(row.message)).toMatchObject({ context: { ip: '1', library: { name: 'java' } } });
  });

  test('as text that can be stored, whatever halves of characters its strings hold', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (name, value) => {
        const row = rowOf(accept({ ...track, properties: { [name]: value, lone: `${value}\ud83d` } }));
        expect(row.message.isWellFormed()).toBe(true);
        expect(
          Object.values(JSON.parse(row.message).properties).every((member) => typeof member === 'string' && member.isWellFormed()),
        ).toBe(true);
      }),
    );
  });
});

describe('a message is refused with its reason', () => {
  test.each([
    ['missing_id', { ...track, userId: null, anonymousId: '' }],
    ['invalid_id', { ...track, userId: { id: 1 } }],
    ['invalid_id', { ...track, userId: 'x'.repeat(513) }],
    ['unknown_type', { ...track, type: 'tracked' }],
    ['missing_event', { ...track, event: ' ' }],
    ['missing_event', { ...track, event: 7 }],
    ['missing_group_id', { type: 'group', userId: 'u1' }],
    ['missing_previous_id', { type: 'alias', userId: 'u1' }],
    ['message_too_large', { ...track, properties: { text: 'x'.repeat(MAX_MESSAGE_BYTES) } }],
    ['not_an_object', 'track'],
    ['not_an_object', [track]],
    ['not_an_object', null],
  ])('%s', (reason, raw) => {
    expect(accept(raw)).toMatchObject({ ok: false, reason });
  });

  test('and never with a crash, whatever JSON it is', () => {
    const near = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...MESSAGE_TYPES), fc.jsonValue()),
        userId: fc.jsonValue(),
        anonymousId: fc.jsonValue(),
        event: fc.jsonValue(),
        name: fc.jsonValue(),
        timestamp: fc.oneof(
          fc.jsonValue(),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        sentAt: fc.jsonValue(),
        context: fc.jsonValue(),
        messageId: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(near, fc.jsonValue()),
        fc.jsonValue(),
        (raw, context) => typeof accept(raw, { batch: { context } }).ok === 'boolean',
      ),
    );
  });
});
