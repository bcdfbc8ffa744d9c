import { generateKeyPairSync, verify } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Behaviour, type ReceivedRequest, startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import type { Authentication } from './authentication.ts';
import { defineConnector } from './connector.ts';
import { createTokenKeeper, type TokenKeeper } from './token-keeper.ts';
import { type Caller, openCaller } from './transport-caller.ts';

const config = z.strictObject({ url: z.string(), secret: z.string() });
type Config = z.output<typeof config>;

let vendor: VendorServer;
let login: VendorServer;
let nowMs: number;
const opened: Caller[] = [];

beforeEach(async () => {
  [vendor, login] = await Promise.all([startVendorServer(), startVendorServer()]);
  nowMs = Date.parse('2026-11-30T10:00:00Z');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((caller) => caller.close()));
  await Promise.all([vendor.stop(), login.stop()]);
});

function callerWith(auth: Authentication<Config>, tokens?: TokenKeeper): () => ReturnType<Caller['send']> {
  const connector = defineConnector({
    slug: 'toy',
    title: 'Toy',
    config,
    hosts: () => ['127.0.0.1'],
    address: () => ({ shown: {} }),
    auth,
    limits: { concurrency: 2 },
    objects: {},
    erase: { refused: 'there is nobody in it' },
    claims: [],
  });
  const caller = openCaller({
    connector,
    config: { url: vendor.url, secret: 'hush', allow_private_network: true },
    clock: { now: () => new Date(nowMs) },
    transportLimits: { totalTimeoutMs: 2_000, headersTimeoutMs: 500 },
    ...(tokens ? { tokens } : {}),
  });
  opened.push(caller);
  return () => caller.send({ method: 'POST', url: vendor.url, headers: { 'x-own': '1' }, body: '{}' }, 'batch');
}

const json = (status: number, body: object): Behaviour => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
/** Tokens t1, t2, … in turn, each with a new refresh token. */
const issue = (more: object = {}) => {
  login.behave((_, count) => json(200, { access_token: `t${count}`, token_type: 'bearer', expires_in: 3_600, ...more }));
};
const sentTokens = () => vendor.requests.map(({ headers }) => headers.authorization);
const formOf = ({ body }: ReceivedRequest) => Object.fromEntries(new URLSearchParams(body));

describe('a login', () => {
  test.each<[string, Authentication<Config>, Record<string, string>]>([
    ['by a bearer token', { kind: 'bearer', token: ({ secret }) => secret }, { authorization: 'Bearer hush' }],
    [
      'by a key in a header of the vendor',
      { kind: 'header', name: 'Api-Token', value: ({ secret }) => `k ${secret}` },
      { 'api-token': 'k hush' },
    ],
    [
      'by name and password, in letters of any script',
      { kind: 'basic', user: () => 'Zoë', password: ({ secret }) => secret },
      { authorization: `Basic ${Buffer.from('Zoë:hush').toString('base64')}` },
    ],
    [
      'by a signature of the request',
      {
        kind: 'signature',
        sign: ({ body }, { secret }, { batchId, at }) => ({ 'x-sign': [body, secret, batchId, at.toISOString()].join() }),
      },
      { 'x-sign': '{},hush,batch,2026-11-30T10:00:00.000Z' },
    ],
    ['that is none', { kind: 'none', reason: 'anybody may send' }, {}],
  ])('%s adds its headers to those of the request', async (_, auth, headers) => {
    await callerWith(auth)();
    expect(vendor.requests[0]?.headers).toMatchObject({ 'x-own': '1', ...headers });
  });

  const clientOf = (sentAs: 'basic' | 'form') => ({ id: 'me', secret: 'hush', sentAs });
  const credentials: Authentication<Config> = {
    kind: 'client_credentials',
    tokenUrl: () => login.url,
    client: () => clientOf('form'),
    scope: () => 'write',
  };

  test('by client credentials fetches one token, uses it until a minute before its end, and then fetches another', async () => {
    issue();
    const send = callerWith(credentials);
    await send();
    nowMs += 3_500_000;
    await send();
    nowMs += 60_000;
    await send();
    expect(sentTokens()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
    expect(login.requests.map(formOf)[0]).toEqual({
      grant_type: 'client_credentials',
      scope: 'write',
      client_id: 'me',
      client_secret: 'hush',
    });
  });

  test('may send the client as HTTP Basic', async () => {
    issue();
    await callerWith({ ...credentials, client: () => clientOf('basic') })();
    expect(login.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:hush').toString('base64')}`);
    expect(formOf(login.requests[0] as ReceivedRequest)).not.toHaveProperty('client_secret');
  });

  test('whose token is refused before its time fetches one more, once', async () => {
    issue();
    vendor.behave((_, count) => (count === 1 ? { status: 401 } : undefined));
    expect(await callerWith(credentials)()).toMatchObject({ status: 200 });
    expect(sentTokens()).toEqual(['Bearer t1', 'Bearer t2']);
    vendor.behave(() => ({ status: 401 }));
    expect(await callerWith(credentials)()).toMatchObject({ kind: 'auth' });
    expect(vendor.requests).toHaveLength(4);
  });

  test('by a refresh token uses the new one that came with the last token, also when many call at once', async () => {
    login.behave((_, count) =>
      json(200, { access_token: `t${count}`, token_type: 'Bearer', expires_in: 3_600, refresh_token: `r${count}` }),
    );
    const keeper = createTokenKeeper();
    const auth: Authentication<Config> = {
      kind: 'refresh_token',
      tokenUrl: () => login.url,
      client: () => clientOf('basic'),
      refreshToken: ({ secret }) => secret,
    };
    const [one, other] = [callerWith(auth, keeper), callerWith(auth, keeper)];
    for (let hour = 0; hour < 3; hour += 1) {
      await Promise.all([one(), other(), one(), other()]);
      nowMs += 3_600_000;
    }
    expect(login.requests.map((request) => formOf(request).refresh_token)).toEqual(['hush', 'r1', 'r2']);
    expect(sentTokens()).toEqual([1, 2, 3].flatMap((count) => new Array(4).fill(`Bearer t${count}`)));
  });

  describe('by a service account', () => {
    let keys: { publicKey: string; privateKey: string };
    beforeAll(() => {
      keys = generateKeyPairSync('rsa', {
        modulusLength: 2_048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
    });
    const auth = (privateKey: string): Authentication<Config> => ({
      kind: 'service_account',
      tokenUrl: () => login.url,
      account: () => ({ email: 'robot@example.iam', privateKey, keyId: 'k1' }),
      scope: 'https://example.com/auth/members',
    });

    test('signs a statement for an hour with the key of the account', async () => {
      issue();
      await callerWith(auth(keys.privateKey))();
      const form = formOf(login.requests[0] as ReceivedRequest);
      expect(form.grant_type).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
      expect(Object.keys(form).sort()).toEqual(['assertion', 'grant_type']);
      const [head = '', claims = '', signature = ''] = String(form.assertion).split('.');
      const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
      expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
      const iat = Date.parse('2026-11-30T10:00:00Z') / 1_000;
      expect(read(claims)).toEqual({
        iss: 'robot@example.iam',
        aud: login.url,
        scope: 'https://example.com/auth/members',
        iat,
        exp: iat + 3_600,
      });
      expect(verify('sha256', Buffer.from(`${head}.${claims}`), keys.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    });

    test('with a key that cannot be read says so, and sends nothing', async () => {
      expect(await callerWith(auth('-----BEGIN RSA PRIVATE KEY-----\nno\n'))()).toMatchObject({ kind: 'config' });
      expect(login.requests).toHaveLength(0);
    });
  });

  test.each<[string, Behaviour, object]>([
    [
      'is refused',
      json(400, { error: 'invalid_client', error_description: 'hush is wrong' }),
      { kind: 'auth', message: 'the login was refused: invalid_client' },
    ],
    ['is refused as RFC 6749 has it for Basic', json(401, { error: 'invalid_client' }), { kind: 'auth' }],
    ['answers a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, { kind: 'auth' }],
    ['answers no token', json(200, { token_type: 'bearer' }), { kind: 'auth' }],
    ['is not well', { status: 503 }, { kind: 'transient' }],
    ['is throttled', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'throttled', retryAfterMs: 7_000 }],
    ['never answers', 'hang', { kind: 'transient', isUnsent: true }],
  ])('that %s is a fault, and nothing of the rows has left', async (_, behaviour, fault) => {
    login.behave(() => behaviour);
    const result = await callerWith(credentials)();
    expect(result).toMatchObject(fault);
    expect(JSON.stringify(result)).not.toContain('hush');
    expect(vendor.requests).toHaveLength(0);
  });
});
