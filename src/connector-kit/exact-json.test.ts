import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, isSame, numberText, parseExact } from './exact-json.ts';

const integer = fc.bigInt({ min: -(10n ** 80n), max: 10n ** 80n }).map(String);
const decimal = fc.tuple(integer, fc.stringMatching(/^[0-9]{1,40}$/)).map(([whole, fraction]) => `${whole}.${fraction}`);
const exponent = fc.tuple(decimal, fc.integer({ min: -400, max: 400 })).map(([text, power]) => `${text}e${power}`);
const number = fc.oneof(integer, decimal, exponent, fc.constantFrom('-0', '1.50', '9007199254740993', '0.1', '1E5', '-0.0'));

test('numbers of JSON come back with every digit, wherever they stand', () => {
  fc.assert(
    fc.property(number, fc.string(), (text, name) => {
      const json = `{${JSON.stringify(name)}:[${text},{"deep":${text}}],"note":"${text}"}`;
      expect(JSON.stringify(parseExact(json))).toBe(JSON.stringify(JSON.parse(json)) === json ? json : rebuilt(json));
      expect(numberText(parseExact(text))).toBe(text);
    }),
  );
});

/** Names in JSON.stringify's order: those that look like an index come first. */
function rebuilt(json: string): string {
  const names = Object.keys(JSON.parse(json) as object);
  const stated = Object.entries(parseExact(json) as object);
  expect(stated.map(([name]) => name)).toEqual(names);
  return `{${stated.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

test('a plain number stays a number, and anything that is not JSON is refused as JSON.parse does', () => {
  expect(parseExact('{"a":1,"b":[0.5,-3],"c":"1.50"}')).toEqual({ a: 1, b: [0.5, -3], c: '1.50' });
  expect(() => parseExact('{"a":0123456789012345678}')).toThrow(SyntaxError);
  expect(() => parseExact('NaN')).toThrow(SyntaxError);
});

test.each([
  ['9007199254740993', '9007199254740993', true],
  ['9007199254740993', '9007199254740992', false],
  ['1.50', '15e-1', true],
  ['-0', '0', true],
  ['1e3', '1000', true],
  ['1000', '1e4', false],
  ['0.1', '0.10000000000000001', false],
  ['"1"', '1', false],
  ['"a"', '"a"', true],
  ['null', 'null', true],
])('%s and %s are the same value: %s', (one, other, same) => {
  expect(isSame(parseExact(one), parseExact(other))).toBe(same);
});

test('the canonical form of a number is that of every other way to write it', () => {
  fc.assert(
    fc.property(integer, fc.integer({ min: 0, max: 20 }), (text, zeros) => {
      expect(canonical(`${text}${'0'.repeat(zeros)}e-${zeros}`)).toBe(canonical(text));
      expect(canonical(`${text}.${'0'.repeat(zeros)}`)).toBe(canonical(text));
    }),
  );
  expect(canonical('007x')).toBeUndefined();
});
