import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Behaviour, startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

let server: VendorServer;
const opened: Transport[] = [];

beforeEach(async () => {
  server = await startVendorServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
  await server.stop();
});

function send(behaviour: Behaviour | undefined, options: Partial<TransportOptions> = {}, url = server.url) {
  server.behave(() => behaviour);
  const transport = createTransport({
    hosts: ['127.0.0.1'],
    allowPrivateNetwork: true,
    allowUnencrypted: false,
    connections: 1,
    limits: { headersTimeoutMs: 200, bodyTimeoutMs: 200, totalTimeoutMs: 1_000, connectTimeoutMs: 1_000, maxReplyBytes: 1_000 },
    ...options,
  });
  opened.push(transport);
  return transport.send({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: 'hello' });
}

describe('the transport', () => {
  test('returns the reply whatever its status', async () => {
    expect(await send({ status: 422, headers: { 'X-Why': 'no' }, body: 'because' })).toMatchObject({
      status: 422,
      headers: { 'x-why': 'no' },
      body: 'because',
    });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/hook', body: 'hello' });
  });

  test('does not follow redirects', async () => {
    expect(await send({ status: 302, headers: { location: 'http://169.254.169.254/' } })).toMatchObject({ status: 302 });
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Behaviour, string]>([
    ['never answers', 'hang', 'unknown_result'],
    ['closes the socket in the middle of the body', 'break_off', 'unknown_result'],
    ['closes the socket without a byte', 'reset', 'unknown_result'],
    ['answers garbage', 'garbage', 'vendor_contract'],
    ['answers more than the limit', { status: 200, body: 'x'.repeat(2_000) }, 'vendor_contract'],
  ])('a destination that %s is a fault, not an exception', async (_, behaviour, kind) => {
    expect(await send(behaviour)).toMatchObject({ kind });
  });

  test('a connection that never came about is transient: nothing can have been applied', async () => {
    const { url } = server;
    await server.stop();
    expect(await send(undefined, {}, url)).toMatchObject({ kind: 'transient' });
    server = await startVendorServer();
  });

  test('talks to the hosts of the connector and to no others', async () => {
    expect(await send(undefined, { hosts: ['api.example.com'] })).toMatchObject({ kind: 'config' });
    expect(server.requests).toHaveLength(0);
  });

  test.each(['127.0.0.1', 'localhost', '[::1]'])('refuses %s unless private networks are allowed', async (host) => {
    const url = server.url.replace('127.0.0.1', host);
    expect(await send(undefined, { hosts: [host], allowPrivateNetwork: false }, url)).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('allow_private_network'),
    });
    expect(server.requests).toHaveLength(0);
  });

  test('sends nothing unencrypted to a public address, unless the destination says so', async () => {
    const [url, hosts] = ['http://192.0.2.1/hook', ['192.0.2.1']];
    const publicUrl = 'http://93.184.216.34:9/hook';
    expect(await send(undefined, { hosts: ['93.184.216.34'] }, publicUrl)).toMatchObject({
      kind: 'config',
      message: expect.stringMatching(/not encrypted.*https:.*allow_unencrypted: true/),
    });
    // A network that is routed nowhere: when the setting allows it, a connection is tried.
    expect(await send(undefined, { hosts, allowUnencrypted: true }, url)).not.toMatchObject({ kind: 'config' });
  });

  test('a name that cannot be resolved is not taken for one of a private network, and is tried again', async () => {
    const fault = { kind: 'transient', isUnsent: true };
    expect(await send(undefined, { hosts: ['nobody.invalid'] }, 'http://nobody.invalid/hook')).toMatchObject(fault);
  });

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'nonsense'])('refuses %s', async (url) => {
    expect(await send(undefined, {}, url)).toMatchObject({ kind: 'config' });
  });
});
