import { describe, expect, test } from 'vitest';
import { assertKnownMacros, changedRules, isEmpty, parseSetting } from './change.ts';

const rules = {
  entities: { person: { survivor: 'oldest', identifiers: { email: { priority: 3, limit: { max: 5 } }, phone: { priority: 4 } } } },
};

describe('a changed rule', () => {
  test.each([
    ['entities.person.identifiers.email.limit.max=3', ['entities.person.identifiers.email.limit.max', 3]],
    ['entities.person.survivor = largest', ['entities.person.survivor', 'largest']],
    [
      'entities.person.identifiers.email.block.values=[a@b.c, d@e.f]',
      ['entities.person.identifiers.email.block.values', ['a@b.c', 'd@e.f']],
    ],
    ['entities.person.identifiers.email.pattern=^a=b$', ['entities.person.identifiers.email.pattern', '^a=b$']],
    ['entities.person.identifiers.email.limit=', ['entities.person.identifiers.email.limit', null]],
  ])('is written path=value, the value as YAML: %s', (text, setting) => {
    expect(parseSetting(text)).toEqual(setting);
  });

  test.each(['limit.max', '=3', 'a=[1'])('%s is none', (text) => {
    expect(() => parseSetting(text)).toThrow(expect.objectContaining({ code: 'identity.invalid_change' }));
  });

  test('stands beside the others, which stay as they are', () => {
    const before = structuredClone(rules);
    const changed = changedRules(rules, {
      set: { 'entities.person.identifiers.email.limit.max': 3, 'entities.person.identifiers.phone.limit.max': 1 },
    });
    expect(changed).toEqual({
      entities: {
        person: {
          survivor: 'oldest',
          identifiers: { email: { priority: 3, limit: { max: 3 } }, phone: { priority: 4, limit: { max: 1 } } },
        },
      },
    });
    expect(rules).toEqual(before);
  });

  test('is made in the rules of a file, where one is given', () => {
    const draft = { entities: { person: { identifiers: { email: {} } } } };
    expect(changedRules(rules, { rules: draft, set: { 'entities.person.survivor': 'largest' } })).toEqual({
      entities: { person: { survivor: 'largest', identifiers: { email: {} } } },
    });
  });

  test.each(['entities.person.survivor.x', 'entities..x', 'entities.person.identifiers.email.__proto__.x', 'entities'])(
    '%s cannot be set',
    (path) => {
      expect(() => changedRules(rules, { set: { [path]: 1 } })).toThrow(expect.objectContaining({ code: 'identity.invalid_change' }));
    },
  );
});

test('a change without a rule and without a decision is empty', () => {
  expect(isEmpty({ set: {}, decisions: [], withoutDecisions: [] })).toBe(true);
  expect(isEmpty({ set: { a: 1 } })).toBe(false);
  expect(isEmpty({ withoutDecisions: ['x'] })).toBe(false);
});

describe('over HTTP', () => {
  const normalisedBy = (normalise: unknown) => ({ entities: { person: { identifiers: { member_id: { priority: 1, normalise } } } } });
  const project = normalisedBy({ macro: 'member_number' });

  test.each(['trim', { phone: { country_calling_code: '44' } }, { macro: 'member_number' }])(
    'a rule may be normalised by %j',
    (normalise) => {
      expect(() => assertKnownMacros(project, normalisedBy(normalise))).not.toThrow();
    },
  );

  test.each(['run_query', 'env_var', 'drop_relation', 'member_number ', '__class__', ['run_query'], { a: 1 }, null, 1])(
    'no rule names a macro that the project does not name: %j',
    (macro) => {
      for (const normalise of [{ macro }, { macro, phone: {} }])
        expect(() => assertKnownMacros(project, normalisedBy(normalise))).toThrow(
          expect.objectContaining({
            code: 'identity.foreign_macro',
            message: expect.stringContaining('entities.person.identifiers.member_id.normalise.macro') as string,
          }),
        );
    },
  );

  test('a macro that is put together from single settings is seen too', () => {
    const changed = changedRules(normalisedBy(undefined), {
      set: { 'entities.person.identifiers.member_id.normalise.macro': 'run_query' },
    });
    expect(() => assertKnownMacros(normalisedBy('trim'), changed)).toThrow(/the project names none/);
  });
});
