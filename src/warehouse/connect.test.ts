import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { connectServer } from './connect.ts';

const to = (CLICKHOUSE_URL: string, more: Record<string, string> = {}) =>
  connectServer(readConfig({ CLICKHOUSE_URL, ...more }), CLICKHOUSE_URL);

test('a server on a public network is reached encrypted, unless the settings allow it unencrypted', async () => {
  await expect(to('http://93.184.216.34:8123')).rejects.toMatchObject({
    code: 'warehouse.unencrypted',
    hint: expect.stringMatching(/https:.*CLICKHOUSE_ALLOW_UNENCRYPTED=true/),
  });
  expect(await to('http://93.184.216.34:8123', { CLICKHOUSE_ALLOW_UNENCRYPTED: 'true' })).toMatchObject({ address: { secure: false } });
  expect(await to('https://93.184.216.34:8443')).toMatchObject({ address: { secure: true, port: 8443 } });
});

test.each(['http://127.0.0.1:8123', 'http://localhost:8123', 'http://10.1.2.3:8123', 'http://[::1]:8123'])(
  '%s needs no TLS',
  async (url) => {
    expect(await to(url)).toMatchObject({ address: { secure: false } });
  },
);

test('a name that cannot be resolved is not taken for one of a private network', async () => {
  await expect(to('http://nobody.invalid:8123')).rejects.toMatchObject({ code: 'warehouse.unreachable' });
});
