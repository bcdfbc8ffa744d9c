import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Customer, type EvidenceLab, type Message, openEvidenceLab } from '../../test/identity/evidence-lab.ts';

let lab: EvidenceLab;
beforeAll(async () => {
  lab = await openEvidenceLab();
}, 120_000);
afterAll(() => lab.close());

/** What a build from nothing says. Afterwards the log is as that build left it. */
async function fromNothing(): Promise<Awaited<ReturnType<EvidenceLab['evidence']>>> {
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
    email: fc.option(fc.constantFrom('Ada@example.com', 'ada@example.com', 'bob@example.com', 'null'), { nil: undefined }),
    // a message may land an hour after those that arrived with it
    late: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const batch = fc.record({
    messages: fc.array(message, { maxLength: 12 }),
    hoursLater: fc.constantFrom(0, 0.3, 1, 5),
    /** Of the messages so far, sent again now. */
    resent: fc.array(fc.nat(), { maxLength: 2 }),
    /** Of the newest messages, taken out of the landing table. */
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
      fc.asyncProperty(fc.array(batch, { minLength: 6, maxLength: 6 }), async (batches) => {
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
      { numRuns: 3, endOnFailure: true },
    );
  }, 300_000);
});
