import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { sluiceCommand } from '../../test/sluice-command.ts';

const WITHOUT_RULES = fileURLToPath(import.meta.url);
let home: TestDataDir;

beforeAll(async () => {
  home = await testDataDir();
});
afterAll(() => home?.remove());

const sluice = (...args: readonly string[]) => sluiceCommand(home.path).run(['identity', ...args]);

describe('sluice identity', () => {
  test('decides, lists and revokes: who, when and why stay', async () => {
    const pair = ['email:ada@example.com', 'user_id:7'];
    const made = await sluice('never-link', ...pair, '--reason', 'twins', '--json');
    expect(JSON.parse(made.out)).toMatchObject({
      is_new: true,
      decision: { kind: 'never_link', a: pair[0], b: pair[1], reason: 'twins', decided_by: userInfo().username },
    });
    const { decision } = JSON.parse(made.out) as { decision: { decision_id: string } };

    const contradiction = await sluice('force-link', ...pair, '--reason', 'one person', '--by', 'bob');
    expect(contradiction).toMatchObject({ code: 0, err: expect.stringContaining('wins') as string });
    expect((await sluice('decisions')).out).toMatch(/force_link.*one person.*bob/);

    const revoked = await sluice('revoke', decision.decision_id, '--reason', 'one person after all', '--json');
    expect(JSON.parse(revoked.out)).toMatchObject({ revoked: { reason: 'one person after all' } });
    expect((await sluice('decisions')).out).not.toContain('never_link');
    expect((await sluice('decisions', '--all')).out).toContain('one person after all');
  });

  test('erases only what is confirmed', async () => {
    const erase = ['erase', 'email:eve@example.com', '--reason', 'asked to'];
    expect(await sluice(...erase)).toMatchObject({ code: 2, err: expect.stringContaining('--confirm') as string });
    expect(await sluice(...erase, '--confirm')).toMatchObject({ code: 0 });
  });

  test.each([
    [
      'a profile id',
      ['never-use', '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6', '--reason', 'x'],
      'identity.not_an_identifier',
      'sluice identity explain',
    ],
    ['a type that no rule names', ['never-use', 'emial:a@example.com', '--reason', 'x'], 'identity.unknown_type', 'Did you mean email?'],
    ['no reason', ['never-use', 'email:a@example.com'], 'error', '--reason'],
    [
      'one identifier where two are needed',
      ['what-if', '--never-link', 'email:a@example.com'],
      'identity.invalid_change',
      'two identifiers',
    ],
    ['no change to ask about', ['what-if'], 'identity.invalid_change', '--set'],
    ['a file without rules', ['what-if', '--rules', WITHOUT_RULES], 'identity.unreadable_rules', 'identity-rules.md'],
  ])('%s ends with exit code 2 and says what to do', async (_, args, error, hint) => {
    const { code, err } = await sluice(...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(error) as string });
    expect(err).toContain(hint);
    expect(err).not.toContain('a@example.com');
  });
});
