/**
 * Replays what real SDKs sent, byte for byte, from recordings that lie beside the project on some machines (see CONTRIBUTING.md).
 * Where they do not, these tests are skipped and counted as such; src/http/collect.warehouse.test.ts makes the same promises with requests
 * written by hand.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testCollection } from '../../test/collection.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'captures');
/** The paths that collection serves; other protocols' recordings are in the same folder. */
const SERVED =
  /^\/(?:v1\/(?:batch|b|import|track|t|identify|i|page|p|screen|s|group|g|alias|a)|beacon\/v1\/batch|api\/s\/\w+)\/?(?:\?.*)?$/;
/** What clients ask before they send. */
const START_UP = /^\/(?:v1\/projects\/[^/]+\/settings|sourceConfig)\/?(?:\?.*)?$/;
/** Here the client was told no key, as an experiment, and so sent none. */
const KEYLESS = 'segment-analytics-next.settings-without-apikey.json';
/** In all recordings, in the headers and in the bodies, plain and packed. */
const RECORDED_KEY = 'wk_test_0123456789abcdef';

const Message = z.looseObject({ type: z.string().optional(), messageId: z.string() });
const Recording = z.object({
  requests: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()),
      aborted: z.boolean().optional(),
      body: z.object({ raw_base64: z.string(), parsed: z.unknown() }).optional(),
      response: z.object({ status: z.number() }).optional(),
    }),
  ),
});

const recordings = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .map((name) => {
        const { requests } = Recording.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
        const questions = requests.filter(({ method, path }) => (method === 'GET' && START_UP.test(path)) || method === 'OPTIONS');
        return {
          name,
          requests: requests.filter(isServed),
          questions: questions.filter(({ path }) => START_UP.test(path) || SERVED.test(path)),
        };
      })
      .filter(({ requests, questions }) => requests.length + questions.length > 0)
  : [];

function isServed({ method, path, body }: z.output<typeof Recording>['requests'][number]): boolean {
  return method === 'POST' && SERVED.test(path) && body !== undefined;
}

/** The recordings have one key, so one after the other is what it is for. */
const recordedSource = new Map<string, string>();

describe.skipIf(recordings.length === 0)('requests recorded from real SDKs', () => {
  let collection: Awaited<ReturnType<typeof testCollection>>;
  beforeAll(async () => {
    collection = await testCollection(recordedSource);
  });
  afterAll(() => collection.close());

  test.each(recordings.filter(({ name, requests }) => name !== KEYLESS && requests.length > 0))(
    '$name: every request is accepted unchanged, and each message is stored once with its ids',
    async ({ name, requests }) => {
      recordedSource.set(RECORDED_KEY, name);
      const source = collection.stored(name);
      const sent = new Map<string, z.output<typeof Message>>();
      for (const { path, headers, body } of requests) {
        const reply = await collection.app.request(path, { method: 'POST', headers, body: Buffer.from(body?.raw_base64 ?? '', 'base64') });
        expect([path, reply.status, await reply.json()]).toMatchObject([path, 200, { success: true, rejected: [] }]);
        // Of a message that was sent again, the first delivery stays.
        for (const message of messagesOf(body?.parsed)) if (!sent.has(message.messageId)) sent.set(message.messageId, message);
      }

      const stored = new Map((await source.events()).map((event) => [event.message_id, event]));
      expect([...stored.keys()].sort()).toEqual([...sent.keys()].sort());
      for (const [id, message] of sent) {
        expect(stored.get(id)).toMatchObject({ user_id: textOf(message.userId), anonymous_id: textOf(message.anonymousId) });
        expect(JSON.parse(stored.get(id)?.message ?? '')).toMatchObject(asStored(message));
      }
      expect(await source.rejected()).toEqual([]);
    },
  );

  test.each(recordings.filter(({ questions }) => questions.length > 0))(
    '$name: what the browser asked before it sent is answered so that it sends, and here',
    async ({ name, questions }) => {
      recordedSource.set(RECORDED_KEY, name);
      for (const { method, path, headers } of questions) {
        const reply = await collection.app.request(path, { method, headers });
        expect(reply.headers.get('access-control-allow-origin')).toMatch(/^\*|http:/);
        if (method === 'OPTIONS') {
          expect(reply.status).toBe(204);
          const allowed = new Set(reply.headers.get('access-control-allow-headers')?.toLowerCase().split(','));
          for (const asked of headers['access-control-request-headers']?.split(',') ?? []) expect(allowed).toContain(asked.toLowerCase());
        } else {
          const expected = path.startsWith('/sourceConfig')
            ? { source: { writeKey: RECORDED_KEY, enabled: true, config: {} } }
            : { integrations: { 'Segment.io': { apiKey: RECORDED_KEY } } };
          expect([reply.status, await reply.json()]).toMatchObject([200, expected]);
        }
      }
    },
  );
});

describe.skipIf(!recordings.some(({ name }) => name === KEYLESS))('requests recorded without any key', () => {
  test('are refused: their source is not known', async () => {
    const collection = await testCollection();
    for (const { path, headers, body } of recordings.find(({ name }) => name === KEYLESS)?.requests ?? []) {
      const reply = await collection.app.request(path, { method: 'POST', headers, body: Buffer.from(body?.raw_base64 ?? '', 'base64') });
      expect(reply.status).toBe(401);
    }
    await collection.close();
  });
});

function messagesOf(parsed: unknown): z.output<typeof Message>[] {
  const whole = z.looseObject({ batch: z.array(Message).optional() }).parse(parsed);
  return whole.batch ?? [Message.parse(parsed)];
}

const textOf = (id: unknown) => (typeof id === 'string' ? id : '');
/** Write keys are not stored; a context may have more in it, of its batch. */
const asStored = ({ context: _, writeKey: __, ...rest }: z.output<typeof Message>) => rest;
