import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connect, isEncryptedTo } from './connection.ts';

test.each([
  ['postgres://u:p@93.184.216.34/sluice', true],
  ['postgres://u:p@[2606:2800:220:1:248:1893:25c8:1946]/sluice', true],
  ['postgres://u:p@93.184.216.34/sluice?sslmode=disable', false],
  ['postgres://u:p@127.0.0.1/sluice', false],
  ['postgres://u:p@localhost/sluice', false],
  ['postgres://u:p@10.1.2.3/sluice', false],
  ['postgres:///sluice?host=/var/run/postgresql', false],
  ['postgres://u:p@%2Fvar%2Frun%2Fpostgresql/sluice', false],
  ['postgres://u:p@localhost/sluice?host=93.184.216.34', true],
  ['postgres://u:p@93.184.216.34/sluice?sslmode=', true],
])('%s is encrypted without being told to: %j', async (url, isEncrypted) => {
  expect(await isEncryptedTo(url, {})).toBe(isEncrypted);
});

test('the host of PGHOST is judged too, and a PGSSLMODE without a value says nothing', async () => {
  expect(await isEncryptedTo('postgres:///sluice', { PGHOST: '93.184.216.34', PGSSLMODE: '' })).toBe(true);
  expect(await isEncryptedTo('postgres:///sluice', { PGHOST: '93.184.216.34', PGSSLMODE: 'disable' })).toBe(false);
});

test('a name that cannot be resolved is no reason to do without TLS: a moment later it may lead anywhere', async () => {
  await expect(isEncryptedTo('postgres://u:p@nobody.invalid/sluice', {})).rejects.toMatchObject({ code: 'store.unreachable' });
});

test('a server without TLS is given no password where TLS is due, and the error says what to do', async () => {
  const heard: Buffer[] = [];
  // What a PostgreSQL without TLS answers to the first question of a client that wants it.
  const server = createServer((socket) => socket.on('data', (bytes) => heard.push(bytes) && socket.write('N')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const database = connect(`postgres://u:hush@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x`, undefined, true);
  await expect(database.attempt(() => database.pool.query('select 1'))).rejects.toMatchObject({
    code: 'store.unencrypted',
    hint: expect.stringContaining('sslmode=disable'),
  });
  expect(Buffer.concat(heard).length).toBe(8);
  await database.close();
});
