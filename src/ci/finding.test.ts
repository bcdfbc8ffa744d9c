import { expect, test } from 'vitest';
import { asGithub, asGitlab, asText, type Finding } from './finding.ts';

const finding: Finding = {
  level: 'error',
  step: 'documents',
  file: 'shop/activations/segments/100%, odd.yml',
  line: 3,
  column: 5,
  path: ['where', 'trait'],
  message: 'there is no trait x:\nlook, 100% there',
  suggestions: ['y'],
};
const bare: Finding = { level: 'note', step: 'build', path: [], message: 'it could not be run' };

test('GitHub gets one line a finding, in which nothing ends the place or the line', () => {
  expect([finding, { ...bare, level: 'warning' } as const, bare].map(asGithub)).toEqual([
    '::error file=shop/activations/segments/100%25%2C odd.yml,line=3,col=5::where.trait: there is no trait x:%0Alook, 100%25 there. Did you mean y?',
    '::warning::it could not be run',
    '::notice::it could not be run',
  ]);
});

test('people get it as `sluice plan` says it', () => {
  expect([finding, bare].map(asText)).toEqual([
    'shop/activations/segments/100%, odd.yml:3:5 where.trait: there is no trait x:\nlook, 100% there. Did you mean y?',
    'it could not be run',
  ]);
});

test('GitLab gets a Code Quality report: a file and a line of each, and a fingerprint that outlives an edit above', () => {
  const [first, moved, second] = JSON.parse(asGitlab([finding, { ...finding, line: 9 }, bare], 'shop/dbt_project.yml'));
  expect([first, second]).toEqual([
    {
      description: 'where.trait: there is no trait x:\nlook, 100% there. Did you mean y?',
      check_name: 'sluice/documents',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'shop/activations/segments/100%, odd.yml', lines: { begin: 3 } },
    },
    {
      description: 'it could not be run',
      check_name: 'sluice/build',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'info',
      location: { path: 'shop/dbt_project.yml', lines: { begin: 1 } },
    },
  ]);
  expect([moved.fingerprint === first.fingerprint, second.fingerprint === first.fingerprint]).toEqual([true, false]);
});
