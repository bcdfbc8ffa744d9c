/** The tests that stop a build when the graph breaks its promises: each must pass on a good graph, and fail on one that is bent by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openToldStory, type ToldStory } from '../../test/laboratory/told-story.ts';
import { runSql } from '../../test/warehouse.ts';
import { defineQuery } from '../warehouse/query.ts';
import { reportIdentity } from './report.ts';
import { locate } from './subject.ts';

let story: ToldStory;

beforeAll(async () => {
  story = await openToldStory();
  await story.tell(
    { user: 'ada', device: 'laptop' },
    { user: 'bob', device: 'desktop' },
    { user: 'eve', device: 'tablet' },
    { user: 'old', device: 'old' },
    { device: 'kiosk', email: 'carl@home.org' },
  );
  await story.decide({ kind: 'never_link', a: 'anonymous_id:laptop', b: 'anonymous_id:desktop', reason: 'twins' });
  await story.build({ isWithoutTests: false });
  // the second build merges, and its evidence says why
  await story.tell({ user: 'eve', email: 'carl@home.org' });
  await story.build({ isWithoutTests: false });
});
afterAll(() => story?.close());

const run = (sql: string) => runSql(story.warehouse.owner, sql);

async function committed(): Promise<{ readonly version: string; readonly delta: string }> {
  const query = defineQuery({
    name: 'test.committed',
    sql: 'select toString(version) as version, delta from sluice_identity.identity_graph__versions order by version desc limit 1',
    params: z.object({}),
    row: z.object({ version: z.string(), delta: z.string() }),
  });
  const [last] = await story.warehouse.owner.ask(query, {});
  if (last === undefined) throw new Error('nothing was ever built');
  return last;
}

const nodeOf = async (identifier: string) => (await locate(story.deps, identifier)).node;

/** Puts one identifier into the profile of another, as a solver without guards would, until `undo`. */
async function move(identifier: string, into: string): Promise<{ undo(): Promise<unknown> }> {
  const { delta, version } = await committed();
  const [node, target] = await Promise.all([nodeOf(identifier), nodeOf(into)]);
  await run(`
    insert into sluice_identity.${delta} (node, type_number, canonical_id, version, is_gone)
    select
        graph.node,
        graph.type_number,
        (select any(canonical_id) from sluice_identity.identity_graph where node = ${target}),
        ${version},
        0
    from sluice_identity.identity_graph as graph
    where graph.node = ${node}
  `);
  return { undo: () => run(`delete from sluice_identity.${delta} where node = ${node}`) };
}

describe('a build stops', () => {
  test.each(['identity_limits_hold', 'identity_never_links_hold', 'identity_ids_change_with_evidence'])(
    'not while the graph keeps its promises, whatever merged: %s',
    async (promise) => expect(await story.check(promise)).toBe('pass'),
  );

  test('when a profile holds more values of a type than its rule allows', async () => {
    const { undo } = await move('user_id:ada', 'user_id:old');
    expect(await story.check('identity_limits_hold')).toBe('fail');
    await undo();
    expect(await story.check('identity_limits_hold')).toBe('pass');
  });

  test('when two that must never be linked are one', async () => {
    const { undo } = await move('anonymous_id:laptop', 'anonymous_id:desktop');
    expect(await story.check('identity_never_links_hold')).toBe('fail');
    await undo();
    expect(await story.check('identity_never_links_hold')).toBe('pass');
  });

  test('when a profile gets another id although nothing touched it', async () => {
    expect(await reportIdentity(story.deps)).toMatchObject({ unexplained_changes: 0, last_solve: { mode: 'incremental' } });
    const { version } = await committed();
    const [ada, old] = await Promise.all([nodeOf('user_id:ada'), nodeOf('user_id:old')]);
    const canonical = (node: bigint) => `(select any(canonical_id) from sluice_identity.identity_graph where node = ${node})`;
    await run(`
      insert into sluice_identity.identity_graph__changes (version, changed_at, kind, entity, from_id, into_id, node_a, node_b, rule, detail)
      select ${version}, now64(3), 'merge', 'person', ${canonical(ada)}, ${canonical(old)}, 0, 0, '', ''
    `);
    expect(await story.check('identity_ids_change_with_evidence')).toBe('fail');
    expect(await reportIdentity(story.deps)).toMatchObject({ unexplained_changes: 1 });
  });
});
