import { expect, test } from 'vitest';
import { createMessageReader, expectsAnswer, fatal, isIdle, type Message, maxMessageBytes, readPassword } from './wire.ts';

const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const untyped = (code: number, body = '') => Buffer.concat([int(8 + body.length), int(code), Buffer.from(body)]);
const typed = (letter: string, body = '') => Buffer.concat([Buffer.from(letter), int(4 + body.length), Buffer.from(body)]);
const names = (messages: Message[]) => messages.map(({ type, letter }) => letter || type);

const conversation = Buffer.concat([
  untyped(80_877_103),
  untyped(196_608, 'user\0x\0\0'),
  typed('p', 'word\0'),
  typed('Q', 'select 1\0'),
  typed('S'),
  typed('X'),
]);
const expected = ['ssl_request', 'startup', 'p', 'Q', 'S', 'X'];

test('a conversation is cut into the same messages wherever the packets end', () => {
  expect(names(createMessageReader()(conversation))).toEqual(expected);
  for (let cut = 1; cut < conversation.length; cut++) {
    const read = createMessageReader();
    expect(names([...read(conversation.subarray(0, cut)), ...read(conversation.subarray(cut))])).toEqual(expected);
  }
  const read = createMessageReader();
  expect(names([...conversation].flatMap((byte) => read(Buffer.from([byte]))))).toEqual(expected);
});

test('a request to cancel is recognised', () => {
  expect(names(createMessageReader()(untyped(80_877_102, '12345678')))).toEqual(['cancel_request']);
});

test('an absurd length is refused before anything is buffered for it', () => {
  expect(() => createMessageReader()(Buffer.concat([int(maxMessageBytes + 1), int(196_608)]))).toThrow(RangeError);
  expect(() => createMessageReader()(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow(RangeError);
  const read = createMessageReader();
  read(untyped(196_608));
  expect(() => read(Buffer.concat([Buffer.from('Q'), int(0)]))).toThrow(RangeError);
});

test('the backend is free only after ReadyForQuery with the status idle', () => {
  const ready = (status: string) => typed('Z', status);
  expect(isIdle(Buffer.concat([typed('C', 'SELECT 1\0'), ready('I')]))).toBe(true);
  for (const status of ['T', 'E']) expect(isIdle(ready(status))).toBe(false);
  expect(isIdle(typed('1'))).toBe(false);
  expect(isIdle(Buffer.alloc(0))).toBe(false);
});

test('a client waits for an answer after a query, a sync or a flush, not after the parts of a request', () => {
  expect(['Q', 'S', 'H'].every(expectsAnswer)).toBe(true);
  expect(['P', 'B', 'D', 'E', 'd'].some(expectsAnswer)).toBe(false);
});

test('the password is what stands between header and zero', () => {
  expect(readPassword(typed('p', 'word\0')).toString()).toBe('word');
});

test('a fatal error carries severity, code and message', () => {
  expect(fatal('28P01', 'no').toString('latin1')).toMatch(/^E.*SFATAL\0VFATAL\0C28P01\0Mno\0\0$/s);
});
