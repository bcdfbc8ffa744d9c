import { describe, expect, test } from 'vitest';
import { keysIn, maskKeys } from './write-key.ts';

const KEY = `slk_abcdef${'k'.repeat(37)}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a key in a text', () => {
  test.each([
    [`a ${KEY} b`, 'a slk_abcdef*** b'],
    [`Basic ${base64(KEY)}`, 'Basic c2xrX***'],
    [`Basic ${base64(`${KEY}:`)}`, 'Basic c2xrX***'],
    [`Basic ${base64(`${KEY}:a secret of some length`)}`, 'Basic c2xrX***'],
  ])('is cut to what may be shown: %s', (text, masked) => {
    expect(maskKeys(text)).toBe(masked);
  });

  test.each(['slk_ is how they start', `slk_${'k'.repeat(20)}`, `${base64('a picture')}c2xrX${'Ab3/'.repeat(40)}`])(
    'is none, and stays as it was: %s',
    (text) => {
      expect(maskKeys(text)).toBe(text);
    },
  );
});

describe('the keys that a body names', () => {
  const named = (keys: readonly string[]) =>
    JSON.stringify({ batch: keys.map((writeKey) => ({ properties: { writeKey } })), writeKey: KEY });

  test('are those of ours, however many of other tools come before', () => {
    expect(keysIn(named(['a', 'b', 'c', 'd', 'e']))).toEqual([KEY]);
  });

  test('are those of other products where none is a key of Sluice, so that the reply can tell which key is wrong', () => {
    expect(keysIn('{"writeKey":"another-tools-key"}')).toEqual(['another-tools-key']);
  });

  test('are four at most', () => {
    const strange = ['1', '2', '3', '4', '5'].map((digit) => `slk_${digit.repeat(43)}`);
    expect(keysIn(named(strange))).toHaveLength(4);
  });
});
