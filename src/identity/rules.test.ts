import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readProjectRules } from './read-rules.ts';
import { knownTypes, rulesOf } from './rules.ts';

describe('the identity rules of a file', () => {
  test('stand under vars.sluice.identity, or alone', () => {
    const block = { entities: { person: { identifiers: { email: { priority: 3 } } } } };
    expect(
      rulesOf('vars:\n  sluice:\n    identity:\n      entities: { person: { identifiers: { email: { priority: 3 } } } }', 'x.yml'),
    ).toEqual(block);
    expect(rulesOf('entities: { person: { identifiers: { email: { priority: 3 } } } }', 'x.yml')).toEqual(block);
  });

  test.each(['', '{ : [', 'vars: {}', 'entities: [person]'])('%j holds none, and the file is named', (text) => {
    expect(() => rulesOf(text, 'x.yml')).toThrow(
      expect.objectContaining({ code: 'identity.unreadable_rules', message: expect.stringContaining('x.yml') as string }),
    );
  });

  test('name the types of the project, or those of the package where the project has none', async () => {
    const typesOf = async (folder: string) => knownTypes(await readProjectRules(fileURLToPath(new URL(folder, import.meta.url))));
    const package_ = (await typesOf('../..')).get('person');
    expect(package_).toEqual(expect.arrayContaining(['user_id', 'email', 'phone', 'anonymous_id']));
    expect((await typesOf('../../demo/project')).get('person')).toEqual(expect.arrayContaining([...(package_ ?? []), 'loyalty_id']));
  });
});
