import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.stop());

async function post(operation: string, rows: object[], { id = 'msg_1', secret = receiver.secret } = {}): Promise<number> {
  const body = JSON.stringify({ type: `contact.${operation}`, data: { sync: 'crm', operation, key: ['email'], rows } });
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

  it('refuses and counts a request that is signed with another secret', async () => {
    expect(await post('add', [{ email: 'a@example.com' }], { secret: `whsec_${Buffer.alloc(32).toString('base64')}` })).toBe(401);
    expect(receiver.held('crm').size).toBe(0);
    expect(receiver.counts).toEqual({ requests: 1, rows: 0, bad_signatures: 1 });
  });
});
