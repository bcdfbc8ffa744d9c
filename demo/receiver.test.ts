import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-receiver-'));
  receiver = await startReceiver(join(folder, 'received.jsonl'));
});

afterEach(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true });
});

async function post(operation: string, rows: object[], { id = 'msg_1', secret = receiver.secret } = {}): Promise<number> {
  const body = JSON.stringify({
    type: `contact.${operation}`,
    timestamp: '2017-12-31T12:00:00Z',
    data: { sync: 'crm', operation, key: ['email'], rows },
  });
  const at = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return (await fetch(receiver.url, { method: 'POST', body, headers })).status;
}

describe('the webhook receiver', () => {
  it('holds what signed requests added and not what they removed', async () => {
    await post('add', [{ email: 'a@example.com', name: 'A' }, { email: 'b@example.com' }], { id: 'msg_1' });
    await post('remove', [{ email: 'b@example.com' }], { id: 'msg_2' });
    expect([...receiver.held('crm').keys()]).toEqual(['["a@example.com"]']);
    expect(receiver.counts).toEqual({ requests: 2, rows: 3, bad_signatures: 0 });
  });

  it('applies a repeated request once', async () => {
    await post('add', [{ email: 'a@example.com' }]);
    expect(await post('add', [{ email: 'a@example.com' }])).toBe(200);
    expect(receiver.counts).toEqual({ requests: 2, rows: 1, bad_signatures: 0 });
  });

  it('still holds it when it is started again on the same file', async () => {
    await post('add', [{ email: 'a@example.com' }, { email: 'b@example.com' }], { id: 'msg_1' });
    await post('remove', [{ email: 'a@example.com' }], { id: 'msg_2' });
    await receiver.stop();
    receiver = await startReceiver(join(folder, 'received.jsonl'));
    expect([...receiver.held('crm').keys()]).toEqual(['["b@example.com"]']);
    expect(receiver.counts).toEqual({ requests: 0, rows: 0, bad_signatures: 0 });
  });

  it('refuses and counts a request that is signed with another secret', async () => {
    expect(await post('add', [{ email: 'a@example.com' }], { secret: `whsec_${Buffer.alloc(32).toString('base64')}` })).toBe(401);
    expect(receiver.held('crm').size).toBe(0);
    expect(receiver.counts).toEqual({ requests: 1, rows: 0, bad_signatures: 1 });
  });
});
