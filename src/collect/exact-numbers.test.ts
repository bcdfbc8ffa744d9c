import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasLongNumbers, numberText, parseJson, plainDigits } from './exact-numbers.ts';

/** Numbers as any programming language may write them. */
const number = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.integer({ min: 0, max: 9 }).map((last) => `900719925474099${last}`),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map(String)
    .map((text) => text.replace('e+', 'E')),
  fc.tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.stringMatching(/^\d{1,25}$/)).map(([whole, part]) => `${whole}.${part}`),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '1.0',
    '1e400',
    '-1E+400',
    '0.0000001',
    '34.0',
    '9.007199254740991E15',
    '1e-7',
    '100000000000000000000',
  ),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  number.map((digits) => `at:${digits},[${digits}]`),
  number.map((digits) => `x: ${digits} ,`),
);
/** JSON as text; only the spaces between tokens are free. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    text.map((value) => JSON.stringify(value)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('json'), { maxLength: 5 }).map((all) => `[${all.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a'), text), tie('json')), {
        maxLength: 5,
        selector: ([name]) => name,
      })
      // JavaScript orders names that look like a list index first, whatever the text says.
      .map((all) => `{${all.map(([name, value]) => `${JSON.stringify(`_${name}`.replace('___', '__'))}:${value}`).join(',')}}`),
  ),
}));

describe('JSON of a client', () => {
  test('is written again as it was read, digit for digit', () => {
    fc.assert(
      fc.property(json, (member) => JSON.stringify(parseJson(`{"batch":${member}}`).value) === `{"batch":${member}}`),
      { numRuns: 500 },
    );
  });

  test('is read with any spaces, and each number keeps its digits', () => {
    const parsed = parseJson('{ "a" : 9007199254740993 , "b":[\n\t1.0,\n2e5\n] }');
    expect(JSON.stringify(parsed.value)).toBe('{"a":9007199254740993,"b":[1.0,2e5]}');
  });

  test.each([
    '{"a":01.0}',
    '{"a":1.}',
    '{"a":.10}',
    '{"a":1.0',
    '{"a":+1.0}',
    '{"a":1.0e}',
    '{"a":"x:1.0,"',
    '{"a":NaN,"b":1.0}',
    '[1.0,]',
  ])('that is none is refused: %s', (malformed) => {
    expect(() => parseJson(malformed)).toThrow(SyntaxError);
  });

  test('changes no prototype, whatever its names are', () => {
    const parsed = parseJson('{"__proto__":1.0,"x":{"__proto__":{"polluted":9007199254740993}}}').value as { x: object };
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(parsed.x)).toBe(Object.prototype);
    expect(JSON.stringify(parsed)).toBe('{"__proto__":1.0,"x":{"__proto__":{"polluted":9007199254740993}}}');
  });

  test('nested deeper than a recursion reaches is read all the same', () => {
    const deep = `${'['.repeat(100_000)}1.0${']'.repeat(100_000)}`;
    expect(() => parseJson(`{"batch":[${deep}]}`)).not.toThrow();
  });
});

describe('the value of a number', () => {
  test.each([
    ['34', '34'],
    ['34.0', '34'],
    ['3.4e1', '34'],
    ['9.007199254740991E15', '9007199254740991'],
    ['9007199254740993', '9007199254740993'],
    ['-0', '0'],
    ['0.00', '0'],
    ['-12.50', '-12.5'],
    ['1e3', '1000'],
    ['1.5e-3', '0.0015'],
    ['0.10000000000000000001', '0.10000000000000000001'],
    ['1234567890123456789012345678901234567890', '1234567890123456789012345678901234567890'],
    ['1e400', undefined],
    ['1e-400', undefined],
    ['1e999999999999', undefined],
    ['1e-999999999999', undefined],
  ])('%s is written %s', (written, plain) => {
    expect(plainDigits(written, 100)).toBe(plain);
  });

  test('is one text however it is written, and another one for every other number', () => {
    const whole = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(
      fc.property(whole, whole, fc.nat(20), (a, b, zeros) => {
        const again = `${a}${'0'.repeat(zeros)}.${'0'.repeat(3)}e-${zeros}`;
        expect(plainDigits(again, 100)).toBe(String(a));
        expect(plainDigits(String(a), 100) === plainDigits(String(b), 100)).toBe(a === b);
      }),
    );
  });

  test.each([
    ['9223372036854775807', false],
    ['-9223372036854775808', false],
    ['18446744073709551615', false],
    ['29.990000000000002', false],
    ['34.0', false],
    ['1e300', false],
    ['-0', false],
    ['5e-324', false],
    ['-9223372036854775809', true],
    ['18446744073709551616', true],
    ['100000000000000000000', true],
    ['0.10000000000000000001', true],
    ['1e400', true],
    ['1e-400', true],
    ['9.007199254740993E15', true],
  ])('%s is too long for an integer of 64 bits and for a double: %s', (number, isLong) => {
    expect(hasLongNumbers(`{"a":[${number}]}`)).toBe(isLong);
    if (isLong) expect(parseJson(`{"a":[${number}]}`).hasOddNumbers).toBe(true);
  });

  test('is given as it was written', () => {
    const { a, b, c } = parseJson('{"a":1.0,"b":12,"c":"12"}').value as { a: unknown; b: unknown; c: unknown };
    expect([numberText(a), numberText(b), numberText(c)]).toEqual(['1.0', '12', undefined]);
  });
});
