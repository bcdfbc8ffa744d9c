import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Customer, type EvidenceLab, type Message, openEvidenceLab } from '../../test/laboratory/evidence-lab.ts';

let lab: EvidenceLab;
beforeAll(async () => {
  lab = await openEvidenceLab();
});
afterAll(() => lab.close());

/** The result of a build from nothing, after the landing table has merged duplicates. Afterwards the log is as that build left it. */
async function fromNothing(): Promise<Awaited<ReturnType<EvidenceLab['evidence']>>> {
  await lab.run('optimize table sluice_raw.events final');
  await lab.build({ fullRefresh: true });
  return await lab.evidence();
}

async function count(sql: string): Promise<number> {
  const [row] = await lab.rows(`select count() as n from ${sql}`, z.object({ n: z.coerce.number() }));
  return row?.n ?? 0;
}

const emptyWorld = async () => {
  await lab.run('truncate table sluice_raw.events');
  await lab.replaceCustomers([]);
  await lab.build({ fullRefresh: true });
};

describe('evidence changed build by build', () => {
  const name = (prefix: string, most: number) => fc.nat(most).map((number) => `${prefix}${number}`);
  const message = fc.record({
    type: fc.constantFrom('identify', 'track', 'alias'),
    userId: fc.option(name('u', 4), { nil: undefined, freq: 3 }),
    anonymousId: name('d', 6),
    previousId: fc.oneof(name('u', 5), name('d', 8)),
    email: fc.option(fc.constantFrom('Ada@example.org', 'ada@example.org', 'bob@initech.com', 'null'), { nil: undefined }),
    // a message may land an hour after those that arrived with it
    late: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const batch = fc.record({
    messages: fc.array(message, { maxLength: 12 }),
    hoursLater: fc.constantFrom(0, 0.3, 1, 5),
    /** Some of the messages so far, sent again now. */
    resent: fc.array(fc.nat(), { maxLength: 2 }),
    /** Removes some of the newest messages from the landing table. */
    erased: fc.nat(2),
    customers: fc.option(
      fc.uniqueArray(fc.record({ id: name('c', 3), email: name('mail', 3).map((local) => `${local}@example.com`) }), {
        selector: (customer: Customer) => customer.id,
      }),
      { nil: undefined },
    ),
  });

  test('is what one build from nothing finds, for random batches, late rows, second deliveries and deletions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 8, maxLength: 8 }), async (batches) => {
        await emptyWorld();
        let hour = 10;
        let sent: Message[] = [];
        for (const step of batches) {
          hour += step.hoursLater;
          const fresh = step.messages.map(
            ({ late, ...fields }, index) => ({ ...fields, id: `m${sent.length + index}`, hour: hour - late }) as Message,
          );
          const again = sent.length === 0 ? [] : step.resent.map((index) => ({ ...(sent[index % sent.length] as Message), hour }));
          await lab.collect([...fresh, ...again]);
          sent = [...sent, ...fresh];
          const open = sent.filter((each) => each.hour > Math.floor(hour) - 1);
          await lab.erase(open.slice(open.length - step.erased).map(({ id }) => id));
          if (step.customers !== undefined) await lab.replaceCustomers(step.customers);
          await lab.build();
        }
        const found = await lab.evidence();
        expect(found).toEqual(await fromNothing());
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });

  test('is what one build from nothing finds when builds are killed after any statement that they leave something by', async () => {
    await emptyWorld();
    await lab.collect([{ id: 'k1', type: 'identify', userId: 'u1', anonymousId: 'd1', hour: 10 }]);
    await lab.build();
    await lab.collect([{ id: 'k2', type: 'identify', userId: 'u2', anonymousId: 'd1', hour: 15 }]);

    // Killed before the part was attached: leaves working tables, and the record of a reading that was never committed.
    await lab.run('create table sluice_identity.identity_edges___dbt_tmp_changes (x UInt8) engine = MergeTree order by x');
    await lab.run(
      "insert into sluice_identity.identity_edges__read select * replace (version + 1e12 as version, 999999 as newest_slice) from sluice_identity.identity_edges__read where observed_in = 'stg_web__events'",
    );
    await lab.build();

    // Killed between the swap of the base and the emptying of the delta.
    const edges = 'sluice_identity.identity_edges';
    await lab.run(`create table ${edges}__copy as ${edges}__base`);
    await lab.run(`insert into ${edges}__copy select * replace (version + 1e9 as version) from ${edges}`);
    await lab.run(
      `insert into ${edges}__read select * replace (version + 1e9 as version) from ${edges}__read where version = (select max(version) from ${edges}__delta)`,
    );
    await lab.run(`exchange tables ${edges}__copy and ${edges}__base`);
    await lab.run(`drop table ${edges}__copy`);
    await lab.build();
    expect(await lab.evidence()).toEqual(await fromNothing());
  });
});

describe('a build', () => {
  const firstDay: readonly Message[] = [
    { id: 'a1', type: 'identify', userId: 'ada', anonymousId: 'phone', email: 'ada@example.com', hour: 20 },
    { id: 'a2', type: 'track', userId: 'bob', anonymousId: 'tablet', hour: 20.5 },
    { id: 'a3', type: 'track', anonymousId: 'visitor', hour: 20.5 },
    { id: 'a4', type: 'identify', email: 'carl@initech.com', hour: 20.5 },
  ];

  beforeAll(async () => {
    await emptyWorld();
    await lab.replaceCustomers([{ id: 'c1', email: 'eve@example.com' }]);
    await lab.collect(firstDay);
    await lab.build();
  });

  const written = async () =>
    Promise.all(
      ['edges', 'appearances'].flatMap((log) => ['base', 'delta', 'read'].map((part) => count(`sluice_identity.identity_${log}__${part}`))),
    );

  test('that finds nothing new writes nothing', async () => {
    const before = await written();
    await lab.build();
    expect(await written()).toEqual(before);
  });

  test('counts a second delivery of a message not at all, however late it comes', async () => {
    const before = await lab.evidence();
    await lab.collect(firstDay.map((message) => ({ ...message, hour: 45 })));
    await lab.build();
    expect(await lab.evidence()).toEqual(before);
  });

  test('changes only the pairs that it has new evidence of, and all rows of those', async () => {
    await lab.collect([{ id: 'b1', type: 'identify', userId: 'ada', anonymousId: 'phone', hour: 50 }]);
    const baseRows = await count('sluice_identity.identity_edges__base');
    await lab.build();
    expect(await count('sluice_identity.identity_edges__base')).toBe(baseRows);
    const [pair] = await lab.rows(
      `
        select count() as current_rows, uniqExact(a, b) as pairs, sum(seen_count) as seen
        from sluice_identity.identity_edges__delta
        where version = (select max(version) from sluice_identity.identity_edges__delta)
      `,
      z.object({ current_rows: z.coerce.number(), pairs: z.coerce.number(), seen: z.coerce.number() }),
    );
    expect(pair).toEqual({ current_rows: 2, pairs: 1, seen: 2 });
  });

  test('takes a pair away when the snapshot that showed it has lost the row', async () => {
    const fromCrm = "sluice_identity.identity_edges where observed_in = 'stg_crm__customers'";
    expect(await count(fromCrm)).toBe(1);
    await lab.replaceCustomers([]);
    await lab.build();
    expect(await count(fromCrm)).toBe(0);
    expect(await count("sluice_identity.identity_identifiers where identifier_value = 'eve@example.com'")).toBe(0);
  });

  test('forgets an erased identifier, on the disk too, and knows it again when it is seen again', async () => {
    const ofEmail = "identity_appearances__base where identifier_value = 'ada@example.com'";
    expect(await count(`sluice_identity.${ofEmail}`)).toBe(1);
    await lab.run(`
      insert into sluice_raw.identity_decisions (decision_id, kind, entity, type_a, value_a, type_b, value_b, reason, decided_by, decided_at, is_revoked)
      select generateUUIDv4(), 'erase', 'person', type, value, '', '', 'asked to', 'test', now64(3), 0
      from values('type String, value String', ('email', 'ada@example.com'), ('user_id', 'ada'), ('anonymous_id', 'phone'))
    `);
    await lab.build();
    expect(await count("sluice_identity.identity_identifiers where identifier_value in ('ada@example.com', 'ada', 'phone')")).toBe(0);
    expect(await count(`sluice_identity.${ofEmail}`)).toBe(0);
    expect(await count("sluice_identity.identity_edges where observed_in = 'stg_web__events' and a != b and rule = 'declared'")).toBe(0);

    await lab.collect([{ id: 'e1', type: 'identify', userId: 'ada', anonymousId: 'phone', hour: 24 * 365 * 10 }]);
    await lab.build();
    const found = await lab.evidence();
    expect(found.identifiers.filter((each) => JSON.stringify(each).includes('user_id:ada'))).toEqual([
      expect.objectContaining({ seen: expect.stringMatching(/ 1$/) }),
    ]);
    expect(found).toEqual(await fromNothing());
  });
});
