import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { HttpObject, HttpReply } from '../../src/connector-kit/connector.ts';
import type { Outcome } from '../../src/connector-kit/outcome.ts';
import { OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { openSender } from '../../src/connector-kit/transport-sender.ts';
import { defaultDelivery } from '../../src/syncs/deps.ts';
import { describeContract } from '../../test/connector-contract.ts';
import { type ReceivedRequest, startVendorServer } from '../../test/vendor-server.ts';
import { webhook } from './index.ts';
import { isSecret } from './signature.ts';

const secret = `whsec_${Buffer.from('a secret of twenty-four+ bytes').toString('base64')}`;
const contact = webhook.objects.contact as HttpObject<(typeof webhook)['config']>;
const rows = [1, 2, 3].map(
  (seq) => new OutgoingRow(seq, 'upsert', `{"email":"person${seq}@example.com","big":9007199254740993}`),
) as unknown as Rows;

describeContract({
  connector: webhook,
  config: (url) => ({ url, secret, allow_private_network: true }),
  row: (_, index) => ({ email: `person${index}@example.com`, first_name: `Firstname${index}`, phone: `+31 6 1234567${index}` }),
  keyField: 'email',
});

describe('a signed request', () => {
  async function sendOnce(): Promise<ReceivedRequest> {
    const server = await startVendorServer();
    const context = {
      config: { url: server.url, secret, allow_private_network: true },
      options: {},
      syncId: 'crm',
      mode: 'mirror' as const,
      runId: 'run',
      startedAt: new Date(),
      keyFields: [{ name: 'email', kind: 'email' as const }],
      valueFields: [],
    };
    const sender = await openSender({
      connector: webhook,
      object: contact,
      context,
      secrets: [],
      clock: defaultDelivery.clock,
    });
    await sender.attempt(rows, 'run_1_3_3');
    await sender.close();
    await server.stop();
    const [request] = server.requests;
    if (!request) throw new Error('nothing arrived');
    return request;
  }

  test('is accepted by the library of Standard Webhooks, and refused once a byte is changed', async () => {
    const { body, headers } = await sendOnce();
    const asVerified = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name])]),
    ) as never;
    expect(new Webhook(secret).verify(body, asVerified)).toMatchObject({
      type: 'contact.upsert',
      data: { sync: 'crm', operation: 'upsert', key: ['email'] },
    });
    expect(() => new Webhook(secret).verify(body.replace('person1', 'person9'), asVerified)).toThrow();
    expect(headers['webhook-id']).toBe('run_1_3_3');
  });

  test('carries integers above 2^53 with all their digits', async () => {
    expect((await sendOnce()).body).toContain('"big":9007199254740993');
  });
});

test.each([
  [secret, true],
  [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
  [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
  [secret.slice(6), false],
  ['whsec_not base64!', false],
])('%s is a signing secret: %s', (text, expected) => {
  expect(isSecret(text)).toBe(expected);
});

function outcomesOf(body: string, of: Rows, contentType = 'application/json'): Outcome[] {
  const reply: HttpReply = { status: 200, headers: { 'content-type': contentType }, body };
  const result = contact.parse(reply, of, {} as Parameters<typeof contact.parse>[2]);
  if (!Array.isArray(result)) throw new Error('a webhook has no second request');
  return result;
}

describe('an answer of 2xx', () => {
  const parse = (body: string, contentType = 'application/json') => {
    return outcomesOf(body, rows, contentType).map((outcome) => (outcome.ok ? 'ok' : `${outcome.fault.kind}: ${outcome.fault.message}`));
  };
  const all = ['ok', 'ok', 'ok'];

  test.each([
    ['', 'text/plain'],
    ['ok', 'text/plain'],
    ['{}', 'application/json'],
    ['{"received":true}', 'application/json'],
    ['[]', 'application/json'],
    ['{"rejected":[]}', 'application/json'],
  ])('%j takes every row', (body, contentType) => {
    expect(parse(body, contentType)).toEqual(all);
  });

  test('refuses the rows that it names, by position or by key', () => {
    expect(parse('{"rejected":[{"index":1,"reason":"no such plan"},{"key":{"email":"person3@example.com"}}]}')).toEqual([
      'ok',
      'row_invalid: no such plan',
      'row_invalid: refused without a reason',
    ]);
  });

  test('names rows by numbers past 2^53: the row of exactly those digits is meant, whether they come as a number or as a text', () => {
    const ids = ['9007199254740992', '9007199254740993', '9007199254740994', '18446744073709551615', '1.5', '7'];
    const numbered = ids.map((id, index) => new OutgoingRow(index + 1, 'upsert', `{"id":${id},"name":"A"}`)) as unknown as Rows;
    const refusedBy = (rejected: string) =>
      outcomesOf(`{"rejected":[${rejected}]}`, numbered).flatMap((outcome, index) =>
        outcome.ok ? [] : [outcome.fault.kind === 'row_invalid' ? ids[index] : outcome.fault.kind],
      );
    for (const id of ids) {
      expect(refusedBy(`{"key":{"id":${id}}}`)).toEqual([id]);
      expect(refusedBy(`{"key":{"id":"${id}"}}`)).toEqual([id]);
    }
    expect(refusedBy('{"key":{"id":1.50}}')).toEqual(['1.5']);
    expect(refusedBy('{"key":{"id":7.0}},{"index":1.0}')).toEqual(['9007199254740993', '7']);
    // It is unclear which rows are meant: no row, every row, or one row by its position and another by its key.
    for (const vague of [
      '{"key":{"id":9007199254740995}}',
      '{"key":{}}',
      '{"key":{"name":"A"}}',
      '{"index":0,"key":{"id":7}}',
      '{"reason":"x"}',
    ])
      expect(refusedBy(vague), vague).toEqual(ids.map(() => 'vendor_contract'));
  });

  test('may name a row by its key as the receiver folds it, unless another row has exactly that key', () => {
    const addresses = ['Ada@Example.com', 'bob@example.com', 'BOB@example.com'];
    const people = addresses.map((email, index) => new OutgoingRow(index + 1, 'upsert', JSON.stringify({ email }))) as unknown as Rows;
    const refusedBy = (email: string) =>
      outcomesOf(JSON.stringify({ rejected: [{ key: { email } }] }), people).flatMap((outcome, index) =>
        outcome.ok ? [] : [outcome.fault.kind === 'row_invalid' ? addresses[index] : outcome.fault.kind],
      );
    expect(refusedBy('ada@example.com')).toEqual(['Ada@Example.com']);
    expect(refusedBy('bob@example.com')).toEqual(['bob@example.com']);
    expect(refusedBy('Bob@example.com')).toEqual(addresses.map(() => 'vendor_contract'));
  });

  test.each([
    ['{"rejected":[', 'application/json'],
    ['{"rejected":"all"}', 'application/json'],
    ['{"rejected":[{"index":7}]}', 'application/json'],
    ['{"rejected":[{"key":{"email":"nobody@example.com"}}]}', 'application/json'],
    ['<html>Welcome</html>', 'text/html'],
    ['<!doctype html>', 'text/plain'],
  ])('%j is not the answer of a receiver: whether the rows arrived is unknown', (body, contentType) => {
    for (const outcome of parse(body, contentType)) expect(outcome).toMatch(/^vendor_contract/);
  });
});
