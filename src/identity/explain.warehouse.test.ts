import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openToldStory, type ToldStory } from '../../test/laboratory/told-story.ts';
import { explain } from './explain.ts';
import { readHistory } from './history.ts';
import { findPath } from './path.ts';

let story: ToldStory;
let workProfile: string;

beforeAll(async () => {
  story = await openToldStory();
  await story.tell(
    { user: 'ada', device: 'laptop', email: 'Ada@Home.org' },
    { user: 'ada', device: 'tablet' },
    { device: 'phone', email: 'ada@work.org' },
    { user: 'bob', device: 'desktop', email: 'bob@home.org' },
    { user: 'bob', email: 'info@home.org' },
    // one address of two user ids: it could be either's, and a person has one user id
    { user: 'carl', device: 'carls', email: 'c@home.org' },
    { user: 'carla', device: 'carlas', email: 'c@home.org' },
    // an address of more user ids than it may be seen with
    ...['t1', 't2', 't3', 't4'].map((user) => ({ user, email: 'crew@corp.org' })),
    // seen once is a coincidence, twice is not
    { type: 'track', user: 'dora', device: 'kiosk' },
    { type: 'track', user: 'dora', device: 'dphone' },
    { type: 'track', user: 'dora', device: 'dphone' },
    { device: 'dtablet', email: 'dora@home.org' },
    { user: 'erin', device: 'erins' },
    { user: 'fred', device: 'freds' },
    { user: 'gone', device: 'gones' },
    { type: 'track', user: 'gil', device: 'lobby' },
    { type: 'track', user: 'hal', device: 'lobby' },
  );
  await story.decide({ kind: 'never_link', a: 'user_id:bob', b: 'anonymous_id:tablet', reason: 'twins' });
  await story.decide({ kind: 'force_link', a: 'user_id:dora', b: 'email:dora@home.org', reason: 'her ticket 4711' });
  await story.decide({ kind: 'never_use', a: 'anonymous_id:gones', reason: 'a test device' });
  await story.build();
  workProfile = (await explain(story.deps, 'email:ada@work.org')).profile_id ?? '';
  await story.tell({ user: 'ada', email: 'ada@work.org', source: 'app' });
  await story.build();
});
afterAll(() => story?.close());

const path = (a: string, b: string) => findPath(story.deps, a, b);

describe('explain', () => {
  test('finds a profile by any spelling of an identifier, by its id, and by an id that it took over', async () => {
    const ada = await explain(story.deps, 'email: ADA@home.org ');
    expect(ada).toMatchObject({ entity: 'person', nobody_because: null, alias: null, is_complete: true });
    expect(ada.first_seen_at).toBe('2026-03-01T09:01:00.000Z');
    const byId = await explain(story.deps, ada.profile_id ?? '');
    expect(byId).toEqual(ada);
    const byFormer = await explain(story.deps, workProfile.toUpperCase());
    expect(byFormer).toEqual({ ...ada, alias: { former_profile_id: workProfile, changed_at: expect.any(String) as string } });
  });

  test('lists every identifier with its sources, times, count, and the ones to use', async () => {
    const { identifiers } = await explain(story.deps, 'user_id:ada');
    expect(identifiers.map((one) => [one.identifier_type, one.identifier_value, one.sources, one.seen_count, one.is_primary])).toEqual([
      ['user_id', 'ada', ['app', 'web'], 3, true],
      ['email', 'ada@work.org', ['app', 'web'], 2, true],
      ['email', 'ada@home.org', ['web'], 1, false],
      ['anonymous_id', 'phone', ['web'], 1, true],
      ['anonymous_id', 'tablet', ['web'], 1, false],
      ['anonymous_id', 'laptop', ['web'], 1, false],
    ]);
    expect(identifiers[0]).toMatchObject({ first_seen_at: '2026-03-01T09:01:00.000Z', first_source: 'web', is_blocked: false });
  });

  test('says what the rules kept apart and what people decided', async () => {
    const carl = await explain(story.deps, 'user_id:carl');
    expect(carl.violations).toEqual([expect.objectContaining({ kind: 'limit', allowed: 1 })]);
    const bob = await explain(story.deps, 'user_id:bob');
    expect(bob.decisions).toEqual([expect.objectContaining({ kind: 'never_link', reason: 'twins', decided_by: 'ann' })]);
    const shared = await explain(story.deps, 'email:crew@corp.org');
    expect(shared.violations).toEqual([
      expect.objectContaining({ kind: 'cap', a: 'email:crew@corp.org', b: null, observed: 4, allowed: 3 }),
    ]);
    expect((await explain(story.deps, 'anonymous_id:lobby')).violations).toEqual([
      expect.objectContaining({ kind: 'contested', a: 'anonymous_id:lobby', b: null, observed: 2, allowed: 1 }),
    ]);
    expect(shared.identifiers).toEqual([
      expect.objectContaining({ is_blocked: true, block_reason: expect.stringContaining('4') as string }),
    ]);
  });

  test.each([
    ['email:zoe@home.org', /No built row/],
    ['email:info@home.org', /role mailbox/],
    ['anonymous_id:gones', /must not be used: ann decided so on 2026-03-01 \(a test device\)/],
  ])('%s has no profile, and the reply says why', async (identifier, why) => {
    expect(await explain(story.deps, identifier)).toMatchObject({ profile_id: null, nobody_because: expect.stringMatching(why) as string });
  });

  test.each([
    ['7b0f1a4e-7c3f-4b7e-9d8a-111111111111', 'identity.unknown_subject'],
    ['emial:ada@home.org', 'identity.unknown_type'],
    ['ada@home.org', 'identity.not_an_identifier'],
    ['phone: - ', 'identity.not_an_identifier'],
  ])('%s cannot be asked about, and no value is repeated', async (asked, code) => {
    await expect(explain(story.deps, asked)).rejects.toMatchObject({ code, message: expect.not.stringMatching(/ada@|7b0f/) as string });
  });
});

describe('the path between two identifiers', () => {
  test('of one person is the shortest chain, each link with its rule, sources, times and count', async () => {
    const answer = await path('anonymous_id:phone', 'email:ada@home.org');
    expect(answer).toMatchObject({ is_one: true, reasons: [], a: 'anonymous_id:phone', b: 'email:ada@home.org' });
    expect(answer.chain?.map(({ from, to }) => [from, to])).toEqual([
      ['anonymous_id:phone', 'email:ada@work.org'],
      ['email:ada@work.org', 'user_id:ada'],
      ['user_id:ada', 'email:ada@home.org'],
    ]);
    expect(answer.chain?.[1]).toMatchObject({
      why_not: null,
      decision: null,
      evidence: [{ rule: 'declared', sources: ['app'], observed_in: ['stg_web__events'], seen_count: 1, score: null }],
    });
  });

  test('names the person who linked two by hand', async () => {
    const forced = await path('user_id:dora', 'email:dora@home.org');
    const decision = expect.objectContaining({ kind: 'force_link', reason: 'her ticket 4711', decided_by: 'ann' }) as object;
    expect(forced.chain).toEqual([expect.objectContaining({ decision, evidence: [expect.objectContaining({ rule: 'manual' })] })]);
  });

  test('leads over sightings that were believed', async () => {
    const sighted = await path('user_id:dora', 'anonymous_id:dphone');
    expect(sighted.chain).toEqual([
      expect.objectContaining({ evidence: [expect.objectContaining({ rule: 'sighting', seen_count: 2 })], decision: null }),
    ]);
  });

  test('of an identifier to itself has no links', async () => {
    expect(await path('user_id:ada', 'user_id: ada')).toMatchObject({ is_one: true, chain: [] });
  });

  test.each([
    ['a limit', 'user_id:carl', 'user_id:carla', /2 user_id; it may have 1/, 2],
    ['a cap', 'user_id:t1', 'user_id:t3', /email:crew@corp.org was seen with 4 user_id and may be with 3/, 2],
    ['a sighting that was not repeated', 'user_id:dora', 'anonymous_id:kiosk', /only sighted together, fewer than 2 times/, 1],
    ['a value that must not be used', 'user_id:gone', 'anonymous_id:gones', /anonymous_id:gones must not be used: ann/, 1],
    [
      'a never-link',
      'user_id:bob',
      'user_id:ada',
      /ann decided .* user_id:bob and anonymous_id:tablet|anonymous_id:tablet and user_id:bob are never one: twins/,
      null,
    ],
    ['a blocked value', 'email:info@home.org', 'user_id:bob', /email:info@home.org: Its value identifies no person/, null],
    ['nothing', 'user_id:erin', 'user_id:fred', /Nothing connects them/, null],
    ['another entity', 'user_id:erin', 'domain:home.org', /names a kind of thing/, null],
  ])('is not there for two that %s keeps apart, and it says so', async (_, a, b, why, links) => {
    const answer = await path(a, b);
    expect(answer).toMatchObject({ is_one: false, profile_id: null });
    expect(answer.reasons.join('\n')).toMatch(why);
    expect(answer.chain?.length ?? null).toBe(links);
    if (links !== null) expect(answer.chain?.some(({ why_not }) => why_not !== null)).toBe(true);
  });
});

describe('the history', () => {
  test('lists in the order of time when ids were made and taken over and what was decided, also for ids that are no longer in use', async () => {
    const history = await readHistory(story.deps, workProfile);
    expect(history.former_profile_ids).toEqual([workProfile]);
    expect(history.entries.map(({ kind }) => kind)).toEqual(['manual', 'create', 'create', 'merge']);
    expect(history.entries[0]).toMatchObject({
      identifiers: expect.arrayContaining(['user_id:bob', 'anonymous_id:tablet']) as string[],
      decision: { reason: 'twins' },
    });
    expect(history.entries.at(-1)).toMatchObject({ from_profile_id: workProfile, into_profile_id: history.profile_id });
  });

  test('of an identifier without a profile is refused', async () => {
    await expect(readHistory(story.deps, 'email:info@home.org')).rejects.toMatchObject({ code: 'identity.unknown_subject' });
  });
});
