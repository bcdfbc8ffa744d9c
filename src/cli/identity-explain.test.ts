import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { PathAnswer, PathStep } from '../identity/schema.ts';
import { describeHistory, describePath, describeWho } from './identity-explain.ts';
import { createTerminal } from './terminal.ts';

const terminal = createTerminal({ json: false });
const plain = (text: string) => stripVTControlCharacters(text);

const declared = {
  rule: 'declared',
  sources: ['app', 'web'],
  observed_in: ['stg_web__events'],
  first_seen_at: '2026-03-01T09:00:00.000Z',
  last_seen_at: '2026-03-02T09:00:00.000Z',
  seen_count: 2,
  score: null,
};
const step = (from: string, to: string, more: Partial<PathStep> = {}): PathStep => ({
  from,
  to,
  evidence: [declared],
  decision: null,
  why_not: null,
  ...more,
});
const answer: PathAnswer = { a: 'email:a@x.org', b: 'anonymous_id:7', is_one: true, profile_id: 'p1', chain: [], reasons: [] };

test('a chain reads from the first identifier to the second, its evidence between them', () => {
  const decision = {
    decision_id: 'd1',
    kind: 'force_link',
    a: 'user_id:u',
    b: 'anonymous_id:7',
    reason: 'ticket 4711',
    decided_by: 'ann',
    decided_at: '2026-03-03T08:00:00.000Z',
  };
  const alike = { ...declared, rule: 'probabilistic', seen_count: 1, last_seen_at: declared.first_seen_at, score: 0.98765 };
  const chain = [step('email:a@x.org', 'user_id:u'), step('user_id:u', 'anonymous_id:7', { evidence: [alike], decision })];
  expect(plain(describePath({ ...answer, chain }))).toBe(`email:a@x.org and anonymous_id:7 are one: p1.

email:a@x.org
  │ declared by app, web (stg_web__events), 2 times, 2026-03-01 09:00 to 2026-03-02 09:00
user_id:u
  │ probabilistic by app, web (stg_web__events), once, 2026-03-01 09:00, probability 0.988
  │ force link user_id:u anonymous_id:7: ticket 4711 (ann, 2026-03-03 08:00)
anonymous_id:7`);
});

test('where two are not one, each reason is said once: at its link, or on top when it has none', () => {
  const chain = [step('email:a@x.org', 'anonymous_id:7', { why_not: 'It is shared.' })];
  const reasons = ['Ann decided so.', 'It is shared.'];
  expect(
    plain(describePath({ ...answer, is_one: false, profile_id: null, chain, reasons })),
  ).toBe(`email:a@x.org and anonymous_id:7 are not one.
  Ann decided so.

email:a@x.org
  │ declared by app, web (stg_web__events), 2 times, 2026-03-01 09:00 to 2026-03-02 09:00
  ✗ It is shared.
anonymous_id:7`);
  expect(plain(describePath({ ...answer, is_one: false, profile_id: null, chain: null, reasons: ['Nothing connects them.'] }))).toBe(
    'email:a@x.org and anonymous_id:7 are not one.\n  Nothing connects them.',
  );
});

test('a profile is explained by its former ids, its identifiers, what was kept apart and what was decided; an identifier without a profile, by the reason', () => {
  const nobody = {
    entity: 'person',
    profile_id: null,
    nobody_because: 'No built row has ever shown it.',
    alias: null,
    created_at: null,
    first_seen_at: null,
    identifiers: [],
    is_complete: true,
    violations: [],
    decisions: [],
  };
  expect(plain(describeWho(nobody, terminal))).toBe('No profile. No built row has ever shown it.');
  const text = plain(
    describeWho(
      {
        ...nobody,
        profile_id: 'p1',
        nobody_because: null,
        alias: { former_profile_id: 'p0', changed_at: '2026-03-02T10:00:00.000Z' },
        created_at: '2026-03-01T10:00:00.000Z',
        identifiers: [
          {
            identifier_type: 'email',
            identifier_value: 'a@x.org',
            sources: ['web'],
            first_source: 'web',
            first_seen_at: null,
            last_seen_at: null,
            seen_count: 3,
            is_primary: true,
            is_blocked: false,
            block_reason: '',
          },
        ],
        is_complete: false,
        violations: [
          {
            kind: 'limit',
            reason: 'too many',
            a: 'email:a@x.org',
            b: 'user_id:u',
            observed: 2,
            allowed: 1,
            detected_at: '2026-03-01T10:00:00.000Z',
          },
        ],
      },
      terminal,
    ),
  );
  expect(text).toContain(
    'person p1\np0 was taken over by it on 2026-03-02 10:00.\nFirst seen at an unknown time; a profile since the build of 2026-03-01 10:00.',
  );
  expect(text).toMatch(/email │ a@x.org │ web +│ at an unknown time │ at an unknown time │ 3 +│ yes/);
  expect(text).toContain('Only 1 identifiers are shown; there are more.');
  expect(text).toContain('What the rules kept apart:\n  email:a@x.org and user_id:u: too many');
});

test('a history names what happened, to which ids, and because of what', () => {
  const entry = {
    at: '2026-03-01T10:00:00.000Z',
    from_profile_id: null,
    into_profile_id: 'p1',
    identifiers: [],
    detail: '',
    evidence: [],
    decision: null,
  };
  const merge = {
    ...entry,
    kind: 'merge',
    from_profile_id: 'p0',
    identifiers: ['email:a@x.org', 'user_id:u'],
    detail: '2 identifiers',
    evidence: [declared],
  };
  const history = {
    entity: 'person',
    profile_id: 'p1',
    former_profile_ids: ['p0'],
    entries: [{ ...entry, kind: 'create' }, merge],
    is_complete: true,
  };
  const text = plain(describeHistory(history, terminal));
  expect(text).toContain('person p1, before also p0');
  expect(text).toContain('│ merge  │ p0   │ p1   │ email:a@x.org and user_id:u; 2 identifiers; declared by app, web');
});
