import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNumerals, decimalText, floorTo, isKeptByNumber, type Numeral, readNumeral } from './numeral.ts';

const read = (text: string) => readNumeral(text) as Numeral;

test.each(['', ' 1', '1,5', '0x1F', '1e400', '-1e400', 'Infinity', 'NaN', '1.', '.5', '1e', '--1', '1'.repeat(401)])(
  '%j is no number',
  (text) => {
    expect(readNumeral(text)).toBeUndefined();
  },
);

test.each([
  ['9007199254740993', '9007199254740992', 1],
  ['1.10', '1.1', 0],
  ['1e3', '1000', 0],
  ['-0', '0', 0],
  ['-2.5', '-2.49', -1],
  ['36893488147419103233', '36893488147419103232.9', 1],
])('%s and %s compare as %i', (a, b, order) => {
  expect(compareNumerals(read(a), read(b))).toBe(order);
});

test('a number and its steps are the same number, whatever the digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(30), (units, scale) => {
      const text = decimalText(units, scale);
      expect(compareNumerals(read(text), { units, scale })).toBe(0);
      expect(floorTo(read(text), scale)).toEqual({ steps: units, isExact: true });
    }),
  );
});

test('the floor of a negative number is further from zero', () => {
  expect(floorTo(read('-12.505'), 2)).toEqual({ steps: -1251n, isExact: false });
  expect(floorTo(read('12.505'), 2)).toEqual({ steps: 1250n, isExact: false });
});

test.each([
  ['9007199254740992', true],
  ['9007199254740993', false],
  ['0.1', true],
  ['0.10000000000000000001', false],
  ['1e20', true],
])('a JavaScript number keeps %s: %s', (text, kept) => {
  expect(isKeptByNumber(text)).toBe(kept);
});
