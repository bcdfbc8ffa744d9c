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
const SERVED = /^\/v1\/(batch|track|identify|page|screen|group|alias)\/?$/;

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
      .map((name) => ({ name, requests: Recording.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))).requests.filter(isServed) }))
      .filter(({ requests }) => requests.length > 0)
  : [];

function isServed({ method, path, body }: z.output<typeof Recording>['requests'][number]): boolean {
  return method === 'POST' && SERVED.test(path) && body !== undefined;
}

describe.skipIf(recordings.length === 0)('requests recorded from real SDKs', () => {
  let collection: Awaited<ReturnType<typeof testCollection>>;
  beforeAll(async () => {
    collection = await testCollection();
  });
  afterAll(() => collection.close());

  test.each(recordings)(
    '$name: every request is accepted unchanged, and each message is stored once with its ids',
    async ({ name, requests }) => {
      const source = await collection.source(name);
      const sent = new Map<string, z.output<typeof Message>>();
      for (const { path, headers, body } of requests) {
        // The recorded key is invented; everything else goes as it came.
        const keyed = headers.authorization === undefined ? {} : { authorization: source.basic };
        const { host: _host, 'content-length': _length, connection: _connection, ...kept } = headers;
        const bytes = withKey(
          Buffer.from(body?.raw_base64 ?? '', 'base64'),
          headers.authorization === undefined ? source.plain : undefined,
        );
        const reply = await collection.app.request(path, { method: 'POST', headers: { ...kept, ...keyed }, body: bytes });
        expect([path, reply.status, await reply.json()]).toMatchObject([path, 200, { success: true, rejected: [] }]);
        // Of a message that was sent again, the first delivery stays.
        for (const message of messagesOf(body?.parsed)) if (!sent.has(message.messageId)) sent.set(message.messageId, message);
      }

      const stored = new Map((await source.events()).map((event) => [event.message_id, event]));
      expect([...stored.keys()].sort()).toEqual([...sent.keys()].sort());
      for (const [id, message] of sent) {
        expect(stored.get(id)).toMatchObject({ user_id: textOf(message.userId), anonymous_id: textOf(message.anonymousId) });
        expect(JSON.parse(stored.get(id)?.message ?? '')).toMatchObject(withoutContext(message));
      }
      expect(await source.rejected()).toEqual([]);
    },
  );
});

function messagesOf(parsed: unknown): z.output<typeof Message>[] {
  const whole = z.looseObject({ batch: z.array(Message).optional() }).parse(parsed);
  return whole.batch ?? [Message.parse(parsed)];
}

/** Only a client that gives its key in the body has its bytes changed, and only by the key. */
function withKey(bytes: Buffer<ArrayBuffer>, key: string | undefined): Uint8Array<ArrayBuffer> {
  return key === undefined ? bytes : Buffer.from(bytes.toString('utf8').replaceAll('wk_test_0123456789abcdef', key));
}

const textOf = (id: unknown) => (typeof id === 'string' ? id : '');
const withoutContext = ({ context: _, ...rest }: z.output<typeof Message>) => rest;
