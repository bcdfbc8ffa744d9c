import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DAY_MS, type EdgeRow, type EntityRules, NO_DECISIONS, type Node, SHIPPED_RULES } from '../laboratory/graph.ts';
import { type GraphLab, openGraphLab } from '../laboratory/graph-lab.ts';
import { nodeOf } from '../laboratory/worlds.ts';

const RULES: EntityRules = {
  ...SHIPPED_RULES,
  types: [{ name: 'user_id' }, { name: 'email', caps: [{ type: 'user_id', max: 3 }] }, { name: 'cookie' }],
};
const ONE_USER: EntityRules = { ...RULES, types: [{ name: 'user_id', limit: { max: 1, onExcess: 'split' } }, ...RULES.types.slice(1)] };

/** `u1`, `e1`, `c1`: a letter for the type, so that a story reads without numbers. */
const numberOf = (name: string) => 'uec'.indexOf(name.charAt(0)) + 1;
const node = (name: string): Node => nodeOf(numberOf(name), Number(name.slice(1)));

/** `u1 e1@3`: seen together on day 3, for the first and the last time. One name alone was seen alone. */
function row(story: string, rule: EdgeRow['rule'] = 'declared'): EdgeRow {
  const [pair = '', day = '0'] = story.split('@');
  const [one = '', other = one] = pair.split(' ');
  const [a, b] = node(one) <= node(other) ? [one, other] : [other, one];
  const at = Date.UTC(2024, 0, 1) + Number(day) * DAY_MS;
  const ends = { a: node(a), b: node(b), typeA: numberOf(a), typeB: numberOf(b) };
  return { ...ends, rule, source: 'web', firstSeenAt: at, lastSeenAt: at, seenCount: 1 };
}

let lab: GraphLab;
beforeAll(async () => {
  lab = await openGraphLab(RULES);
});
afterAll(() => lab.close());
beforeEach(async () => {
  await lab.forget();
  await lab.setRules(RULES);
});

/** Builds on exactly this evidence; the id of each identifier by its name. */
async function build(
  rows: readonly (string | EdgeRow)[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<(name: string) => bigint> {
  await lab.show(rows.map((one) => (typeof one === 'string' ? row(one) : one)));
  return look(options);
}

async function look(options: { readonly fullRefresh?: boolean } = {}): Promise<(name: string) => bigint> {
  await lab.build(options);
  const profiles = await lab.profiles();
  return (name) => profiles.get(node(name)) ?? 0n;
}

const openViolations = () =>
  lab.rows(
    `select kind, argMax(observed, version) as observed, argMax(allowed, version) as allowed from sluice_identity.identity_graph__violations
    group by kind, type_number, node_a, node_b having argMax(is_open, version) = 1 order by all`,
    z.object({ kind: z.string(), observed: z.coerce.number(), allowed: z.coerce.number() }),
  );

describe('a profile id', () => {
  test('stays when nothing changes, and when everything is solved again', async () => {
    const earlier = await build(['u1 e1', 'u2']);
    expect(await lab.build()).toBe('none');
    const later = await look({ fullRefresh: true });
    for (const name of ['u1', 'e1', 'u2']) expect(later(name)).toBe(earlier(name));
    expect(earlier('u1')).not.toBe(earlier('u2'));
  });

  test('of the profile that is oldest survives a merge, and the other one leads to it', async () => {
    // u1 is known since the first build, u2 with its many cookies since the second
    await build(['u1']);
    const earlier = await build(['u1', 'u2 c1', 'u2 c2', 'u2 c3']);
    const later = await build(['u1 e1', 'u2 e1', 'u2 c1', 'u2 c2', 'u2 c3']);
    for (const name of ['u1', 'u2', 'e1', 'c3']) expect(later(name)).toBe(earlier('u1'));
    expect(await lab.aliases()).toEqual(new Map([[earlier('u2'), earlier('u1')]]));
  });

  test('of two that are known since the same build, belongs to who was seen first', async () => {
    const earlier = await build(['u1 c1@9', 'u2 c2@3']);
    const later = await build(['u1 c1@9', 'u2 c2@3', 'c1 c2@9']);
    expect(later('u1')).toBe(earlier('u2'));
  });

  test('of the largest survives where the rules say so', async () => {
    await lab.setRules({ ...RULES, survivor: 'largest' });
    await build(['u1']);
    const earlier = await build(['u1', 'u2 c1', 'u2 c2']);
    const later = await build(['u1 c1', 'u2 c1', 'u2 c2']);
    expect(later('u1')).toBe(earlier('u2'));
  });

  test('that was merged twice leads to the last profile in one step', async () => {
    await build(['u1']);
    await build(['u1', 'u2']);
    const earlier = await build(['u1', 'u2', 'u3']);
    await build(['u1', 'u2 u3']);
    const later = await build(['u1 u2', 'u2 u3']);
    const aliases = await lab.aliases();
    expect(later('u3')).toBe(earlier('u1'));
    expect(aliases.get(earlier('u3'))).toBe(earlier('u1'));
    expect(aliases.get(earlier('u2'))).toBe(earlier('u1'));
  });

  test('stays with the larger part of a profile that is split, and with no other part', async () => {
    const earlier = await build(['u1 e1', 'e1 c1', 'c1 c2', 'c2 c3']);
    const later = await build(['u1 e1', 'c1 c2', 'c2 c3', 'e1']);
    for (const name of ['c1', 'c2', 'c3']) expect(later(name)).toBe(earlier('u1'));
    expect(later('u1')).toBe(later('e1'));
    expect(later('u1')).not.toBe(earlier('u1'));
  });

  test('is the old one again when a split is undone, and the id in between leads to it', async () => {
    const joined = ['u1 e1', 'e1 c1', 'c1 c2', 'c2 c3'];
    const earlier = await build(joined);
    const between = await build(['u1 e1', 'c1 c2', 'c2 c3']);
    const later = await build(joined);
    for (const name of ['u1', 'e1', 'c1', 'c3']) expect(later(name)).toBe(earlier('u1'));
    expect((await lab.aliases()).get(between('u1'))).toBe(earlier('u1'));
  });

  test('survives that a value is not to be used for a while', async () => {
    const earlier = await build(['u1 e1', 'e1 c1', 'u1 c2']);
    await lab.decide({ ...NO_DECISIONS, neverUse: [node('e1')] });
    const between = await look();
    expect(between('e1')).toBe(0n);
    expect(between('u1')).toBe(earlier('u1'));
    expect(between('c1')).not.toBe(earlier('u1'));
    await lab.decide(NO_DECISIONS);
    const later = await look();
    for (const name of ['u1', 'e1', 'c1', 'c2']) expect(later(name)).toBe(earlier(name));
  });

  test('survives that a rule is tightened and loosened again', async () => {
    const rows = ['u1 e1@1', 'u2 e1@2', 'u1 c1', 'u1 c2'];
    const earlier = await build(rows);
    await lab.setRules(ONE_USER);
    const between = await look();
    expect(between('u1')).toBe(earlier('u1'));
    expect(between('u2')).not.toBe(earlier('u1'));
    expect(between('e1')).toBe(between('u2'));
    await lab.setRules(RULES);
    const later = await look();
    for (const name of ['u1', 'u2', 'e1', 'c2']) expect(later(name)).toBe(earlier(name));
  });

  test('survives that the evidence is written anew', async () => {
    const earlier = await build(['u1 e1', 'u2 c1']);
    await lab.rewrite();
    const later = await look();
    for (const name of ['u1', 'e1', 'u2', 'c1']) expect(later(name)).toBe(earlier(name));
  });

  test('is not made as long as a visit only carries the identifier beside another one, and is kept from when it is made', async () => {
    const once = row('u1 c1', 'sighting');
    const none = await build([once, 'u1']);
    expect(none('c1')).toBe(0n);
    const own = await build([once, 'u1', 'c1']);
    expect(own('c1')).not.toBe(0n);
    expect(own('c1')).not.toBe(own('u1'));
    const believed = await build([{ ...once, seenCount: 2 }, 'u1', 'c1']);
    expect(believed('c1')).toBe(own('u1'));
    const contested = await build([{ ...once, seenCount: 2 }, row('u2 c1', 'sighting'), 'u1', 'u2']);
    expect(contested('c1')).toBe(0n);
    const again = await look({ fullRefresh: true });
    for (const name of ['u1', 'u2', 'c1']) expect(again(name)).toBe(contested(name));
  });

  test('comes out the same when the same evidence is solved from nothing', async () => {
    const earlier = await build(['u1 e1', 'u2 c1']);
    await lab.forgetGraph();
    const later = await look();
    for (const name of ['u1', 'e1', 'u2', 'c1']) expect(later(name)).toBe(earlier(name));
  });
});

describe('a new edge', () => {
  test('does not undo what a guard once kept apart', async () => {
    await lab.setRules(ONE_USER);
    const rows = ['u1 e1@1', 'u2 e1@2', 'u2 c2'];
    const earlier = await build(rows);
    const later = await build([...rows, 'e1 c1@3', 'u1 c3@3']);
    expect(later('c1')).toBe(earlier('u2'));
    expect(later('c3')).toBe(earlier('u1'));
    expect(earlier('u1')).not.toBe(earlier('u2'));
  });

  test('makes an address junk when it is one user too many, however slowly they came, and gives it back when one goes', async () => {
    const rows = ['u1 e1', 'u2 e1', 'u3 e1'];
    let ids = await build(rows.slice(0, 1));
    ids = await build(rows.slice(0, 2));
    ids = await build(rows);
    expect(ids('u3')).toBe(ids('u1'));
    ids = await build([...rows, 'u4 e1']);
    expect(new Set(['u1', 'u2', 'u3', 'u4', 'e1'].map(ids)).size).toBe(5);
    expect(await openViolations()).toEqual([{ kind: 'cap', observed: 4, allowed: 3 }]);
    ids = await build(rows);
    expect(new Set(['u1', 'u2', 'u3', 'e1'].map(ids)).size).toBe(1);
    expect(await openViolations()).toEqual([]);
  });
});

describe('a decision', () => {
  test('to link by force passes a limit; never to link beats it', async () => {
    await lab.setRules(ONE_USER);
    const rows = ['u1 c1', 'u2 c2', row('u1 u2', 'manual')];
    const forced = await build(rows);
    expect(forced('u1')).toBe(forced('u2'));
    await lab.decide({ ...NO_DECISIONS, neverLink: [[node('u1'), node('u2')]] });
    const apart = await look();
    expect(apart('u1')).not.toBe(apart('u2'));
    expect(apart('c1')).toBe(apart('u1'));
    expect(apart('c2')).toBe(apart('u2'));
    expect((await openViolations()).map(({ kind }) => kind)).toEqual(['never_link']);
    await lab.decide(NO_DECISIONS);
    const again = await look();
    expect(again('u2')).toBe(forced('u1'));
  });

  test('is kept through a full rebuild', async () => {
    await lab.decide({ ...NO_DECISIONS, neverLink: [[node('u1'), node('u2')]] });
    const earlier = await build(['u1 e1@2', 'u2 e1@1']);
    const later = await look({ fullRefresh: true });
    for (const name of ['u1', 'u2', 'e1']) expect(later(name)).toBe(earlier(name));
    expect(later('u1')).not.toBe(later('u2'));
  });
});
