import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliverBatch } from '../../src/connector-kit/deliver.ts';
import { type Operation, OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { openCaller } from '../../src/connector-kit/transport-caller.ts';
import { openSender } from '../../src/connector-kit/transport-sender.ts';
import { defaultDelivery } from '../../src/syncs/deps.ts';
import { describeContract } from '../../test/connector-contract.ts';
import { type Behaviour, type ReceivedRequest, startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import { ACCOUNT, API_KEY, createKlaviyo, type Klaviyo } from '../../test/vendors/klaviyo.ts';
import { klaviyo } from './index.ts';

const settings = (url: string) => ({ account: ACCOUNT, api_key: API_KEY, url: new URL(url).origin, allow_private_network: true });

/** A vendor that knows nobody and takes everybody: the suite's rows are of many kinds. */
function answerOf({ method, path, body }: ReceivedRequest): Behaviour {
  const json = (status: number, reply: object): Behaviour => ({ status, body: JSON.stringify(reply) });
  const job = (status: string) => ({ data: { id: 'j1', attributes: { status, failed_count: 0 } } });
  if (method === 'POST') return json(202, job('queued'));
  if (method === 'DELETE') return { status: 204 };
  if (path.includes('/api/profiles')) {
    const values = JSON.parse(/\[.*\]/.exec(new URL(path, 'http://x').searchParams.get('filter') ?? '')?.[0] ?? '[]') as string[];
    return json(200, { data: values.map((email, index) => ({ id: `p${index}`, attributes: { email } })) });
  }
  return body === '' ? json(200, job('complete')) : { status: 400 };
}

describeContract({
  connector: klaviyo,
  config: settings,
  row: (_, index) => ({ email: `person${index}@example.com`, first_name: `Firstname${index}`, favourite_shop: `Shop number ${index}` }),
  keyField: 'email',
  options: { list_member: { list: 'LIST1' } },
  answers: answerOf,
  except: {
    addresses:
      'a removal looks the profile up by its e-mail address, and Klaviyo takes that only in the address of a request; sync by external_id where that is too much',
  },
});

describe('against Klaviyo as it is documented', () => {
  let server: VendorServer;
  let vendor: Klaviyo;
  beforeEach(async () => {
    server = await startVendorServer();
    vendor = createKlaviyo();
    server.behave((request) => vendor.answer(request));
  });
  afterEach(() => server.stop());

  const rowsOf = (operation: Operation, fields: readonly object[]) =>
    fields.map((one, index) => new OutgoingRow(index + 1, operation, JSON.stringify(one))) as unknown as Rows;

  async function deliver(object: 'profile' | 'list_member', rows: Rows, apiKey = API_KEY) {
    const sender = await openSender({
      connector: klaviyo,
      object: klaviyo.objects[object] as NonNullable<(typeof klaviyo.objects)[string]>,
      context: {
        config: klaviyo.config.parse({ ...settings(server.url), api_key: apiKey }),
        options: object === 'list_member' ? { list: 'LIST1' } : {},
        syncId: 'to-klaviyo',
        mode: object === 'list_member' ? 'audience' : 'upsert',
        runId: 'run',
        startedAt: new Date(),
        keyFields: [{ name: 'email', kind: 'email' }],
        valueFields: [],
      },
      secrets: [API_KEY],
      clock: defaultDelivery.clock,
    });
    try {
      return await deliverBatch(rows, 'run', {
        attempt: sender.attempt,
        isIdempotent: true,
        isInDoubt: false,
        retry: { maxAttempts: 3, firstDelayMs: 1, maxDelayMs: 1, maxThrottledMs: 1_000 },
        clock: { ...defaultDelivery.clock, sleep: async () => undefined },
        signal: new AbortController().signal,
        pass: async () => undefined,
        onThrottled: () => undefined,
        longestJobMs: 60_000,
        submitted: { stepOf: () => undefined, keep: async () => undefined },
      });
    } finally {
      await sender.close();
    }
  }
  const emailsIn = (list: string) => [...(vendor.lists.get(list) ?? [])].map((id) => vendor.profiles.get(id)?.attributes.email).sort();

  test('profiles are made and changed: what a row has not is left, null empties, other fields are properties, places are within the location', async () => {
    await deliver('profile', rowsOf('upsert', [{ email: 'Ada@Example.com', first_name: 'Ada', city: 'Gent', points: 12, tags: ['a'] }]));
    await deliver('profile', rowsOf('upsert', [{ email: 'ada@example.com', city: null, zip: '9000', points: 13 }]));
    expect([...vendor.profiles.values()].map(({ attributes }) => attributes)).toEqual([
      {
        email: 'ada@example.com',
        first_name: 'Ada',
        location: { city: null, zip: '9000' },
        properties: { points: 13, tags: ['a'] },
      },
    ]);
  });

  test('a job is asked about until it is done', async () => {
    vendor.jobsTake(7);
    expect((await deliver('profile', rowsOf('upsert', [{ email: 'a@example.com' }]))).outcomes).toEqual([{ ok: true }]);
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', ...new Array(8).fill('GET')]);
  });

  test('each row that an import refused has its reason, over more than one page, without the personal data that Klaviyo repeats', async () => {
    vendor.refuse(({ email }) => Number(/\d+/.exec(String(email))?.[0]) % 2 === 1);
    const rows = rowsOf(
      'upsert',
      Array.from({ length: 500 }, (_, index) => ({ email: `p${index}@example.com` })),
    );
    const { outcomes, stop } = await deliver('profile', rows);
    expect(stop).toBeUndefined();
    expect(outcomes.map((outcome) => outcome?.ok)).toEqual(rows.map((_, index) => index % 2 === 0));
    expect(outcomes[1]).toMatchObject({ fault: { kind: 'row_invalid', message: 'Invalid input. (invalid)', field: 'phone_number' } });
    expect(JSON.stringify(outcomes)).not.toContain('@example.com');
    expect(vendor.profiles.size).toBe(250);
  });

  test('members are added with their fields, and removed by the ids that Klaviyo gave them; who is not there is removed already', async () => {
    const people = Array.from({ length: 230 }, (_, index) => ({ email: `P${index}@example.com`, first_name: 'x' }));
    expect((await deliver('list_member', rowsOf('add', people))).outcomes.every((outcome) => outcome?.ok)).toBe(true);
    expect(vendor.lists.get('LIST1')?.size).toBe(230);
    const leaving = [{ email: 'nobody@example.com' }, ...people.slice(5).map(({ email }) => ({ email }))];
    const { outcomes } = await deliver('list_member', rowsOf('remove', leaving));
    expect(outcomes[0]).toMatchObject({ ok: false, fault: { kind: 'not_found' } });
    expect(outcomes.slice(1).every((outcome) => outcome?.ok)).toBe(true);
    expect(emailsIn('LIST1')).toEqual(people.slice(0, 5).map(({ email }) => email.toLowerCase()));
    expect(vendor.profiles.size).toBe(230);
  });

  test('a wrong key stops the run, and says so', async () => {
    const { stop } = await deliver('profile', rowsOf('upsert', [{ email: 'a@example.com' }]), 'pk_something_else');
    expect(stop).toMatchObject({ kind: 'auth' });
  });

  test('the check says whose the key is, and that it belongs to another account', async () => {
    const config = klaviyo.config.parse(settings(server.url));
    const caller = openCaller({ connector: klaviyo, config, clock: defaultDelivery.clock });
    const { check } = klaviyo;
    if (!check) throw new Error('no check');
    const reply = await caller.send(check.request(config), 'check');
    await caller.close();
    if ('kind' in reply) throw new Error(reply.message);
    expect(check.read(reply, config)).toEqual({ account: 'Sluice SLUICE' });
    expect(check.read(reply, { ...config, account: 'OTHER1' })).toMatchObject({ kind: 'config' });
  });
});
