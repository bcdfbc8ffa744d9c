import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './exact-numbers.ts';
import { acceptMessage, MAX_MEMBERS, MAX_MESSAGE_BYTES, MESSAGE_TYPES, type MessageContext, type MessageResult } from './message.ts';

const arrival: MessageContext = { source: 'web', receivedAt: new Date('2026-11-25T12:00:00Z'), batch: {} };
const accept = (raw: unknown, more: Partial<MessageContext> = {}) => acceptMessage(raw, { ...arrival, ...more });
const acceptJson = (json: string, more: Partial<MessageContext> = {}) => accept(parseJson(json).value, more);
const rowOf = (accepted: MessageResult) => {
  if (!accepted.ok) throw new Error(`refused: ${accepted.reason}`);
  return accepted.row;
};
const track = { type: 'track', event: 'Order Completed', userId: 'u1', messageId: 'm1' };

describe('a message is accepted', () => {
  test('with an id that is a number, which becomes its text', () => {
    expect(rowOf(accept({ ...track, userId: 42 })).user_id).toBe('42');
  });

  test('with every digit of a number that is an id: two numbers are two ids, and 34.0 is the number 34', () => {
    const idOfUser = (json: string) => rowOf(acceptJson(`{"type":"track","event":"x","messageId":"m","userId":${json}}`)).user_id;
    expect(['9007199254740992', '9007199254740993', '34.0', '34', '3.4E1', '"34.0"', '-0', '0.10000000000000000001'].map(idOfUser)).toEqual(
      ['9007199254740992', '9007199254740993', '34', '34', '34', '34.0', '0', '0.10000000000000000001'],
    );
    expect(rowOf(acceptJson('{"type":"alias","userId":"u","previousId":9007199254740993}')).previous_id).toBe('9007199254740993');
    expect(rowOf(acceptJson('{"type":"group","userId":"u","groupId":9007199254740993}')).group_id).toBe('9007199254740993');
    expect(rowOf(acceptJson('{"type":"track","event":"x","anonymousId":9007199254740993}')).anonymous_id).toBe('9007199254740993');
  });

  test('with its numbers as they were written, those of its batch among them', () => {
    const text = '{"type":"track","event":"x","userId":1.0,"properties":{"a":9007199254740993,"b":[1e400,-0,0.10000000000000000001]}';
    const batch = parseJson('{"context":{"ip":36893488147419103233}}').value as NonNullable<MessageContext['batch']>;
    expect(rowOf(acceptJson(`${text}}`, { batch })).message).toBe(`${text},"context":{"ip":36893488147419103233}}`);
  });

  test.each([1, 9007199254740992, '1', '0042', '1764064800123', '1764064800123456', JSON.rawJSON('1.0')])(
    'with messageId %o, which another message may have too, under an id made from it and from the content',
    (messageId) => {
      const first = rowOf(accept({ ...track, messageId })).message_id;
      expect(first).toMatch(/^\d+-content-[0-9a-f]{64}$/);
      expect(rowOf(accept({ ...track, messageId })).message_id).toBe(first);
      expect(rowOf(accept({ ...track, messageId, event: 'Other' })).message_id).not.toBe(first);
    },
  );

  test.each(['17640648001234567', 'm-1', '01890a5d-ac96-774b-bcce-b302099a8057'])('with messageId %o under that id', (messageId) => {
    expect(rowOf(accept({ ...track, messageId })).message_id).toBe(messageId);
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
    ['invalid_id', { ...track, userId: [] }],
    ['invalid_id', { ...track, userId: true }],
    ['invalid_id', { ...track, userId: JSON.rawJSON('1e600') }],
    ['invalid_id', { ...track, userId: 'lone \ud800' }],
    ['invalid_id', { ...track, messageId: 'lone \udfff' }],
    ['invalid_id', { ...track, messageId: {} }],
    ['unknown_type', { ...track, type: 'tracked' }],
    ['missing_event', { ...track, event: ' ' }],
    ['missing_event', { ...track, event: 7 }],
    ['missing_group_id', { type: 'group', userId: 'u1' }],
    ['missing_previous_id', { type: 'alias', userId: 'u1' }],
    ['message_too_large', { ...track, properties: { text: 'x'.repeat(MAX_MESSAGE_BYTES) } }],
    ['nested_too_deep', { ...track, properties: JSON.parse(`${'['.repeat(1_001)}${']'.repeat(1_001)}`) as unknown }],
    ['nested_too_deep', { ...track, properties: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown }],
    ['not_an_object', 'track'],
    ['not_an_object', [track]],
    ['not_an_object', null],
    ['not_an_object', JSON.rawJSON('1.0')],
    ['missing_event', { ...track, event: JSON.rawJSON('1.0') }],
  ])('%s', (reason, raw) => {
    expect(accept(raw)).toMatchObject({ ok: false, reason });
  });

  test('when it has more than 2,000 members at all levels together; colons in texts are none', () => {
    const own = Object.keys(track).length + ['properties', 'all', 'context'].length;
    const names = (count: number, first = 0) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${first + n}`, 0]));
    const half = (MAX_MEMBERS - own) / 2;
    const message = (more: number) => ({
      ...track,
      properties: { all: [names(Math.floor(half)), '":":'.repeat(1_500)] },
      context: names(Math.ceil(half) + more),
    });
    expect(accept(message(0))).toMatchObject({ ok: true });
    expect(accept(message(1))).toMatchObject({ ok: false, messageId: track.messageId, reason: 'too_many_members' });
    // what a batch says once counts in each of its messages
    expect(accept(track, { batch: { context: names(MAX_MEMBERS) } })).toMatchObject({ ok: false, reason: 'too_many_members' });
  });

  test('and never for its members, where they are an order of a hundred lines', () => {
    const products = Array.from({ length: 100 }, (_, line) => ({
      product_id: `p-${line}`,
      sku: `S${line}`,
      category: 'Tea',
      name: 'A cup of tea',
      brand: 'Own',
      variant: 'green',
      price: 12.5,
      quantity: 1,
      voucher: '',
      position: line,
      url: '/p',
      image_url: '/i',
    }));
    expect(accept({ ...track, properties: { products } })).toMatchObject({ ok: true });
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
