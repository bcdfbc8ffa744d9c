import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testDbt } from '../../test/dbt.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Dbt } from '../dbt/dbt.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Ruling } from './decision.ts';
import { type DecisionDeps, type DecisionRequest, decide, listDecisions, revokeDecision } from './decisions.ts';
import { parseIdentifier } from './identifier.ts';
import { readProjectRules } from './read-rules.ts';
import { knownTypes } from './rules.ts';

let warehouse: Warehouse;
let dbt: Dbt;
let deps: DecisionDeps;
let nowMs = Date.parse('2026-03-01T09:00:00Z');

function tick(): Date {
  nowMs += 1_000;
  return new Date(nowMs);
}

beforeAll(async () => {
  warehouse = await testWarehouse();
  dbt = await testDbt(warehouse);
  const types = knownTypes(await readProjectRules(fileURLToPath(new URL('../..', import.meta.url))));
  deps = { warehouse, types: async () => types, now: tick };
});
afterAll(async () => {
  await dbt.close();
  await warehouse.close();
});

const pair = (kind: 'never_link' | 'force_link', a: string, b: string): Ruling => ({
  kind,
  identifiers: [parseIdentifier(a), parseIdentifier(b)],
});
const single = (kind: 'never_use' | 'erase', a: string): Ruling => ({ kind, identifiers: [parseIdentifier(a)] });
const request = (ruling: Ruling, more: Partial<DecisionRequest> = {}) => ({ ruling, reason: 'because', by: 'ada', ...more });

/** As people see them: without ids. */
async function built(): Promise<string[]> {
  const result = await dbt.build({ select: ['+identity_decisions', '+identity_rejected_decisions'] });
  expect(result.models.map(({ status }) => status)).toEqual(Array(5).fill('success'));
  const query = defineQuery({
    name: 'test.decisions',
    sql: `
      select concat(kind, ' ', type_a, ':', value_a, if(node_b = 0, '', concat(' ', type_b, ':', value_b))) as said
      from sluice_identity.identity_decisions
      where node_a < node_b or node_b = 0
      order by kind, decided_at`,
    params: z.object({}),
    row: z.object({ said: z.string() }),
  });
  return (await warehouse.owner.ask(query, {})).map(({ said }) => said);
}

describe('a manual decision', () => {
  test('says who, when and why, and is normalised by the build', async () => {
    const { decision, is_new, warnings } = await decide(
      deps,
      request(single('never_use', 'email: Shop@Example.COM '), { reason: ' the shop ' }),
    );
    expect({ is_new, warnings }).toEqual({ is_new: true, warnings: [] });
    expect(decision).toMatchObject({
      kind: 'never_use',
      a: 'email:Shop@Example.COM',
      b: null,
      reason: 'the shop',
      decided_by: 'ada',
      revoked: null,
    });
    expect(decision.decided_at).toBe('2026-03-01T09:00:01.000Z');
    expect(await built()).toEqual(['never_use email:shop@example.com']);
  });

  test('made twice, in either order, is one; in another spelling it is one for the graph', async () => {
    const first = await decide(deps, request(pair('never_link', 'email:a@x.org', 'user_id:1')));
    const mirrored = await decide(deps, request(pair('never_link', 'user_id:1', 'email:a@x.org')));
    expect(mirrored).toMatchObject({ is_new: false, decision: { decision_id: first.decision.decision_id } });
    expect(await decide(deps, request(pair('never_link', 'user_id:1', 'email:A@X.org')))).toMatchObject({ is_new: true });
    expect((await built()).filter((said) => said.startsWith('never_link'))).toHaveLength(1);
  });

  test('to erase, made again, is another: each is about what was seen until then, and the graph obeys the last', async () => {
    const first = await decide(deps, request(single('erase', 'email:gone@x.org')));
    const again = await decide(deps, request(single('erase', 'email:gone@x.org')));
    expect(again).toMatchObject({ is_new: true, warnings: [] });
    expect((await built()).filter((said) => said.startsWith('erase'))).toEqual(['erase email:gone@x.org']);
    const at = defineQuery({
      name: 'test.erased_at',
      sql: `select decision_id from sluice_identity.identity_decisions where kind = 'erase'`,
      params: z.object({}),
      row: z.object({ decision_id: z.string() }),
    });
    expect(await warehouse.owner.ask(at, {})).toEqual([{ decision_id: again.decision.decision_id }]);
    expect(first.decision.decision_id).not.toBe(again.decision.decision_id);
  });

  test('that contradicts a never-link is taken, with a warning that repeats no value', async () => {
    const { is_new, warnings } = await decide(deps, request(pair('force_link', 'user_id:1', 'email:a@x.org')));
    expect(is_new).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/never-link.*wins/)]);
    expect(warnings.join()).not.toContain('a@x.org');
    expect((await decide(deps, request(pair('never_link', 'user_id:1', 'email:a@x.org')))).warnings).toEqual([
      expect.stringMatching(/force-link/),
    ]);
  });

  test('revoked is out of the graph and stays in the log with who, when and why; decided anew it is another', async () => {
    const { decision } = await decide(deps, request(single('never_use', 'phone:+12125550100')));
    expect(await built()).toContain('never_use phone:+12125550100');
    const revoked = await revokeDecision(deps, decision.decision_id, { reason: 'not the shop', by: 'bob' });
    expect(revoked.revoked).toMatchObject({ by: 'bob', reason: 'not the shop' });
    expect(await revokeDecision(deps, decision.decision_id, { reason: 'again', by: 'eve' })).toEqual(revoked);
    expect(await built()).not.toContain('never_use phone:+12125550100');

    const all = await listDecisions(deps, { isWithRevoked: true });
    expect(all.find(({ decision_id }) => decision_id === decision.decision_id)).toEqual(revoked);
    expect((await listDecisions(deps, { isWithRevoked: false })).some(({ decision_id }) => decision_id === decision.decision_id)).toBe(
      false,
    );

    const anew = await decide(deps, request(single('never_use', 'phone:+12125550100')));
    expect(anew.is_new).toBe(true);
    expect(anew.decision.decision_id).not.toBe(decision.decision_id);
    expect(await built()).toContain('never_use phone:+12125550100');
  });

  test.each([
    ['without a reason', request(single('never_use', 'email:a@x.org'), { reason: ' ' }), 'identity.invalid_decision'],
    ['about one identifier twice', request(pair('force_link', 'email:a@x.org', 'email:a@x.org')), 'identity.invalid_decision'],
    ['about a type that no rule names', request(single('never_use', 'emial:a@x.org')), 'identity.unknown_type'],
  ])('%s is refused', async (_, wrong, code) => {
    await expect(decide(deps, wrong)).rejects.toMatchObject({ code });
  });

  test('that was never made cannot be revoked', async () => {
    const why = { reason: 'x', by: 'ada' };
    await expect(revokeDecision(deps, crypto.randomUUID(), why)).rejects.toMatchObject({ code: 'identity.no_such_decision' });
    await expect(revokeDecision(deps, 'ada@example.com', why)).rejects.toMatchObject({
      message: expect.not.stringContaining('ada') as string,
    });
  });
});

test('what was written past the commands and makes no sense is reported with its reason, and nothing is lost', async () => {
  const row = (fields: object) => ({
    decision_id: crypto.randomUUID(),
    kind: 'never_link',
    entity: 'person',
    type_a: 'email',
    value_a: 'm@x.org',
    type_b: 'user_id',
    value_b: '9',
    reason: 'r',
    decided_by: 'sql',
    decided_at: '2026-03-02T00:00:00.000Z',
    is_revoked: 0,
    ...fields,
  });
  const wrong = [
    [row({ kind: 'never' }), /no kind of decision "never"/],
    [row({ type_a: 'emial' }), /no identifier type "emial" of person/],
    [row({ type_b: 'usr' }), /no identifier type "usr" of person/],
    [row({ entity: 'household' }), /no entity "household"/],
    [row({ value_a: '  ' }), /email is empty/],
    [row({ value_b: '' }), /user_id is empty/],
    [row({ type_b: '', value_b: '' }), /second is missing/],
    [row({ kind: 'never_use' }), /takes one identifier/],
    [row({ type_b: 'email', value_b: ' M@x.org' }), /the same/],
    [row({ reason: '' }), /no reason/],
    [row({ kind: 'force_link', value_a: 'info@x.org' }), /email links no profiles \(role mailbox\)/],
  ] as const;
  const before = (await built()).length;
  await warehouse.owner.insert(
    'sluice_raw.identity_decisions',
    wrong.map(([fields]) => fields),
  );
  expect(await built()).toHaveLength(before);

  const listed = new Map((await listDecisions(deps, { isWithRevoked: false })).map((one) => [one.decision_id, one.problem]));
  for (const [{ decision_id }, problem] of wrong) expect(listed.get(decision_id)).toMatch(problem);

  const { tests } = await dbt.build({ select: ['identity_rejected_decisions'] });
  expect(tests.find(({ name }) => name === 'identity_decisions_take_effect')).toMatchObject({ status: 'warn' });
});
