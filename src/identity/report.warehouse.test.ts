import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, openToldStory, type ToldStory } from '../../test/laboratory/told-story.ts';
import { describeReport } from '../cli/identity-report.ts';
import { createTerminal } from '../cli/terminal.ts';
import { explain } from './explain.ts';
import { reportIdentity } from './report.ts';
import type { Report } from './schema.ts';

let story: ToldStory;
let first: Report;
let second: Report;

/** Enough ordinary people to show what is usual. */
const ordinary: Call[] = Array.from({ length: 200 }, (_, i) => ({ user: `u${i}`, device: `d${i}`, email: `u${i}@home.org` }));

beforeAll(async () => {
  story = await openToldStory();
  await story.tell(
    ...ordinary,
    // Within its cap, but unusual.
    ...['a', 'b', 'c'].map((user) => ({ user, email: "o'brien@home.org" })),
    // Past its cap: handled already.
    ...['d', 'e', 'f', 'g'].map((user) => ({ user, email: 'crew@corp.org' })),
    { user: 'u0', email: 'info@corp.org' },
    ...Array.from({ length: 9 }, (_, i) => ({ user: 'u1', device: `robot${i}` })),
    { user: 'u2', traits: { firstName: 'Ada', lastName: 'Byron' } },
    { user: 'u2', traits: { firstName: 'Grace', lastName: 'Hopper' }, source: 'app' },
    { user: 'u3', traits: { firstName: ' ADA', lastName: 'Byron' } },
    { user: 'u3', traits: { firstName: 'ada ', lastName: 'Lovelace' }, source: 'app' },
    // Placeholders of a kind that no rule knows, and one id for everybody.
    { device: '?CLIENTID', email: 'first@home.org' },
    { device: '?CLIENTID', email: 'second@home.org' },
    ...Array.from({ length: 25 }, (_, i) => ({ user: 'storefront', email: `guest${i}@buyers.org` })),
    { device: 'lonely', email: 'u5@work.org' },
  );
  await story.build();
  first = await reportIdentity(story.deps);
  await story.tell({ user: 'u5', email: 'u5@work.org' });
  await story.build();
  second = await reportIdentity(story.deps);
});
afterAll(() => story?.close());

describe('the report', () => {
  test('counts identifiers by type, usable or blocked by reason', () => {
    const emails = first.identifiers.find(({ identifier_type }) => identifier_type === 'email');
    expect(emails).toEqual({ entity: 'person', identifier_type: 'email', total: 231, usable: 229, blocked: { cap: 1, 'role mailbox': 1 } });
    expect(first.identifiers.map(({ entity, identifier_type, total }) => [entity, identifier_type, total])).toContainEqual([
      'person',
      'user_id',
      208,
    ]);
  });

  test('counts profiles by how many identifiers they have', async () => {
    const [one] = first.sizes.filter(({ entity, at_least }) => entity === 'person' && at_least === 11);
    expect(one).toEqual({ entity: 'person', at_least: 11, profiles: 1, identifiers: 12, largest: 12 });
    const people = first.sizes.filter(({ entity }) => entity === 'person');
    const identifiers = first.identifiers.filter(({ entity }) => entity === 'person').reduce((sum, { total }) => sum + total, 0);
    // All but the blocked value, which belongs to no profile.
    expect(people.reduce((sum, size) => sum + size.identifiers, 0)).toBe(identifiers - 1);
  });

  test('counts what happened in the last build, or since a time', async () => {
    expect(second.changes.filter(({ entity }) => entity === 'person')).toEqual([{ entity: 'person', kind: 'merge', changes: 1 }]);
    const { profile_id } = await explain(story.deps, 'user_id:u5');
    expect(second.newest_changes).toEqual([expect.objectContaining({ kind: 'merge', into_profile_id: profile_id, rule: 'declared' })]);
    const all = await reportIdentity(story.deps, { since: '2026-01-01' });
    expect(all.since).toBe('2026-01-01T00:00:00.000Z');
    expect(all.changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['create', 'merge']));
    await expect(reportIdentity(story.deps, { since: 'yesterday' })).rejects.toMatchObject({ code: 'identity.not_a_time' });
  });

  test('counts what the guards keep apart', () => {
    const kinds = first.violations.map(({ kind, identifier_type, violations }) => [kind, identifier_type, violations]);
    expect(kinds).toContainEqual(['cap', 'email', 1]);
    expect(first.violations.filter(({ kind }) => kind === 'limit').reduce((sum, { violations }) => sum + violations, 0)).toBeGreaterThan(0);
    expect(first.quarantined).toBe(0);
  });

  test('suspects values of more stronger ones than is usual, though within their cap, and suggests what to do', () => {
    expect(first.suspected_values).toEqual([
      {
        identifier: "email:o'brien@home.org",
        entity: 'person',
        other_type: 'user_id',
        neighbours: 3,
        usual: 1,
        suggestion: String.raw`sluice identity never-use 'email:o'\''brien@home.org'`,
      },
      expect.objectContaining({ identifier: 'user_id:storefront' }),
    ]);
  });

  test('suspects what looks like a placeholder, and one id for everybody', () => {
    expect(first.suspected_placeholders).toEqual([
      { identifier: 'anonymous_id:?CLIENTID', entity: 'person', seen: 2, suggestion: "sluice identity never-use 'anonymous_id:?CLIENTID'" },
    ]);
    expect(first.suspected_values).toContainEqual(
      expect.objectContaining({ identifier: 'user_id:storefront', other_type: 'email', neighbours: 25, usual: 1 }),
    );
  });

  test('suspects profiles that hold unusually much, or go by two whole names however they are written', async () => {
    const [robot, shop, named] = await Promise.all(
      ['user_id:u1', 'user_id:storefront', 'user_id:u2'].map((who) => explain(story.deps, who)),
    );
    expect(first.suspected_profiles.map(({ profile_id, because }) => [profile_id, because])).toEqual([
      [robot?.profile_id, '10 values of anonymous_id; 1 is usual'],
      [shop?.profile_id, '5 values of email; 1 is usual'],
      [named?.profile_id, '2 first names and 2 last names'],
    ]);
  });

  test('finds no change without evidence, and says when it cannot tell', () => {
    expect(first).toMatchObject({ unexplained_changes: null, untraceable_because: expect.stringContaining('once') as string });
    expect(second).toMatchObject({ unexplained_changes: 0, untraceable_because: null, last_solve: { mode: 'incremental' } });
  });

  test('reads well on a terminal', () => {
    const text = stripVTControlCharacters(describeReport(second, createTerminal({ json: false })));
    expect(text).toContain('No change without evidence.');
    expect(text).toMatch(/email +│ 231 +│ 229 +│ 1 cap, 1 role mailbox|email +│ 231 +│ 229 +│ 1 role mailbox, 1 cap/);
    expect(text).toContain('Values that look shared or made up');
  });
});
