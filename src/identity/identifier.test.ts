import { describe, expect, test } from 'vitest';
import { entityOf, formatIdentifier, parseIdentifier } from './identifier.ts';

const known = new Map([
  ['person', ['user_id', 'email', 'phone', 'external_id']],
  ['account', ['domain', 'external_id']],
]);

describe('an identifier as a person writes it', () => {
  test.each([
    ['email:ada@example.com', { type: 'email', value: 'ada@example.com' }],
    ['phone: +1 212 555 0100 ', { type: 'phone', value: '+1 212 555 0100' }],
    ['user_id:urn:li:77', { type: 'user_id', value: 'urn:li:77' }],
  ])('%s has a type and a value', (text, identifier) => {
    expect(parseIdentifier(text)).toEqual(identifier);
    expect(parseIdentifier(formatIdentifier(identifier))).toEqual(identifier);
  });

  test.each(['ada@example.com', ':ada', 'email:', 'email:  ', ''])('"%s" is refused, without repeating it', (text) => {
    expect(() => parseIdentifier(text)).toThrow(expect.objectContaining({ code: 'identity.not_an_identifier' }));
    expect(() => parseIdentifier('ada@example.com')).not.toThrow(/ada/);
  });

  test('a profile id means nothing in a decision, and the hint leads to its identifiers', () => {
    expect(() => parseIdentifier('3e36489b-cb4f-4f7f-84d6-a715cf3a38e6')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('sluice identity explain') as string }),
    );
  });
});

describe('the entity of identifiers', () => {
  const of = (...types: string[]) => types.map((type) => ({ type, value: 'x' }));

  test('is the one whose rules name all their types', () => {
    expect(entityOf(of('email', 'user_id'), known)).toBe('person');
    expect(entityOf(of('email', 'external_id'), known)).toBe('person');
    expect(entityOf(of('external_id'), known, 'account')).toBe('account');
  });

  test.each([
    ['a type that two entities have', of('external_id'), undefined, 'identity.ambiguous_entity'],
    ['a type that no entity has', of('emial'), undefined, 'identity.unknown_type'],
    ['types of two entities', of('email', 'domain'), undefined, 'identity.unknown_type'],
    ['a type of another entity than the one asked for', of('email'), 'account', 'identity.unknown_type'],
    ['an entity that there is not', of('email'), 'household', 'identity.unknown_entity'],
  ])('%s is refused', (_, identifiers, asked, code) => {
    expect(() => entityOf(identifiers, known, asked)).toThrow(expect.objectContaining({ code }));
  });

  test('a slip is answered with what was meant', () => {
    expect(() => entityOf(of('emial'), known)).toThrow(/Did you mean email/);
  });
});
