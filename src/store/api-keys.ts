/** API keys: 256 random bits, shown once, stored as a SHA-256 hash. A fast hash is right here, because there is nothing to guess. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { and, desc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import type { Database } from './connection.ts';
import { errors } from './errors.ts';
import { apiKeys } from './schema.ts';

/** `collect`: send events as one source (a key that sits in browsers). `read`: look at everything but secrets. `admin`: everything. */
export const ApiKeyScope = z.enum(['collect', 'read', 'admin']);
export type ApiKeyScope = z.output<typeof ApiKeyScope>;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** First characters, enough to recognise a key by and far too few to use it. */
  readonly prefix: string;
  readonly scopes: readonly ApiKeyScope[];
  /** The source whose events it may send; null unless it has the scope `collect`. */
  readonly source: string | null;
  /** Of the scope `collect`: its own limit. Null for that of SLUICE_KEY_MAX_MESSAGES_PER_SECOND. */
  readonly maxMessagesPerSecond: number | null;
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export type VerifiedApiKey = Pick<ApiKey, 'id' | 'scopes' | 'source'> & Partial<Pick<ApiKey, 'maxMessagesPerSecond'>>;

export interface ApiKeys {
  /**
   * @param request `id`: a UUID of the caller's own making; a second key with the same id is not made.
   * @returns the key itself, this once. @throws CdpError `store.key_name`, `store.key_made`.
   */
  create(request: {
    id?: string;
    name: string;
    scopes: readonly ApiKeyScope[];
    source?: string;
    maxMessagesPerSecond?: number;
  }): Promise<ApiKey & { readonly plain: string }>;
  /**
   * Null for a key that is unknown, malformed or revoked. Answers are kept for `cacheMs` (so a revocation reaches every replica within it; at
   * once in the replica that revokes), that a key is unknown for `unknownMs`. Keys that must be looked up are looked up together, one query
   * after the other: a thousand strangers cost as much as one.
   *
   * While the database is away or silent a key that was once verified still passes for `trustMs`, so that no events are refused for it.
   * @throws CdpError `store.*` when it cannot be known.
   */
  verify(plain: string): Promise<VerifiedApiKey | null>;
  /** @throws CdpError `store.api_key_missing`. Revoking twice is no error. */
  revoke(id: string): Promise<void>;
  /** Newest first, revoked ones included. */
  list(): Promise<readonly ApiKey[]>;
}

const marker = 'slk_';
/** 4 + 43: 32 bytes in base64url without padding. */
const form = /^slk_[A-Za-z0-9_-]{43}$/;
const prefixLength = 10;
export const cacheMs = 2_000;
const unknownMs = 5_000;
/** Bounds on memory, not on keys: the oldest answer goes when a newer one comes. */
const maxCached = 10_000;
/** How long a key that was verified before waits for a new answer, and then for how long none does. */
const patienceMs = 1_000;
const tryAgainMs = 1_000;
/** How long a key waits that was not, while the database seems to be there: an embedded server starts again within it. */
const firstPatienceMs = 10_000;
const maxTrustMs = 24 * 3_600_000;

/** A name is for people; a source stands in every event, in file names and in messages. */
const NAME_FORM = /^(?!\s)[^\p{Cc}\p{Bidi_Control}\u2028\u2029]{1,100}$/u;
const SOURCE_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function createApiKeys(
  database: Database,
  { trustMs = maxTrustMs, nowMs = () => performance.now() }: { readonly trustMs?: number; readonly nowMs?: () => number } = {},
): ApiKeys {
  /** Keys that were valid when they were looked up last. */
  const verified = new Map<string, { readonly key: VerifiedApiKey; readonly checkedAtMs: number }>();
  /** Of unknown keys: when they were looked up. */
  const unknown = new Map<string, number>();
  let isAway = false;
  let tryAgainAtMs = 0;

  const ask = gathered(async (hashes) => {
    try {
      const keys = await lookUp(database, hashes);
      const checkedAtMs = nowMs();
      for (const hash of hashes) {
        const key = keys.get(hash);
        verified.delete(hash);
        if (key === undefined) remember(unknown, hash, checkedAtMs);
        else remember(verified, hash, { key, checkedAtMs });
      }
      isAway = false;
      return keys;
    } catch (error) {
      isAway = true;
      throw error;
    }
  });

  /** Undefined when there is no answer in time. What comes later is remembered all the same. */
  async function askFor(ms: number, hash: string): Promise<VerifiedApiKey | null | undefined> {
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      late = setTimeout(resolve, ms, undefined);
    });
    const answer = await Promise.race([ask(hash), patience]).finally(() => clearTimeout(late));
    if (answer === undefined) isAway = true;
    return answer;
  }

  /** Asks about a key that was never seen. A waiting request holds memory that others need: while the database is away it is soon refused. */
  async function verifyFirst(hash: string): Promise<VerifiedApiKey | null> {
    const answer = await askFor(isAway ? patienceMs : firstPatienceMs, hash);
    if (answer === undefined) throw errors.unreachable('The control plane does not say in time whether an API key is valid');
    return answer;
  }

  /** Asks again about a key that was valid, and keeps the former answer when no new one comes in time. */
  async function verifyAgain(hash: string, key: VerifiedApiKey): Promise<VerifiedApiKey | null> {
    try {
      const answer = await askFor(patienceMs, hash);
      return answer === undefined ? key : answer;
    } catch (error) {
      if (error instanceof CdpError) return key;
      throw error;
    }
  }

  return {
    async create({ id = randomUUID(), name, scopes, source, maxMessagesPerSecond }) {
      if (!NAME_FORM.test(name)) throw errors.key_name(`An API key cannot be named ${JSON.stringify(name.slice(0, 120))}`);
      if (source !== undefined && !SOURCE_FORM.test(source))
        throw errors.key_name(`A source cannot be named ${JSON.stringify(source.slice(0, 120))}`);
      const plain = marker + randomBytes(32).toString('base64url');
      const [row] = await database.attempt((db) =>
        db
          .insert(apiKeys)
          .values({
            id,
            name,
            prefix: plain.slice(0, prefixLength),
            hash: hashOf(plain),
            scopes: [...scopes],
            source: source ?? null,
            maxMessagesPerSecond: maxMessagesPerSecond ?? null,
            createdAt: sql`clock_timestamp()`,
          })
          .onConflictDoNothing()
          .returning(),
      );
      if (!row) throw errors.key_made('This call has made its key already');
      return { ...present(row), plain };
    },

    async verify(plain) {
      if (!form.test(plain)) return null;
      const hash = hashOf(plain);
      const before = verified.get(hash);
      if (before === undefined) return nowMs() - (unknown.get(hash) ?? -unknownMs) < unknownMs ? null : verifyFirst(hash);
      const ageMs = nowMs() - before.checkedAtMs;
      if (ageMs < cacheMs) return before.key;
      if (ageMs >= trustMs) return verifyFirst(hash);
      if (!isAway) return verifyAgain(hash, before.key);
      if (nowMs() >= tryAgainAtMs) {
        tryAgainAtMs = nowMs() + tryAgainMs;
        // It is not awaited: the next look-up sees that the database answers.
        ask(hash).catch(() => undefined);
      }
      return before.key;
    },

    async revoke(id) {
      const rows = z.uuid().safeParse(id).success
        ? await database.attempt((db) =>
            db
              .update(apiKeys)
              .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, clock_timestamp())` })
              .where(eq(apiKeys.id, id))
              .returning({ hash: apiKeys.hash }),
          )
        : [];
      if (!rows[0]) throw errors.api_key_missing(`There is no API key with the id ${id}`);
      verified.delete(rows[0].hash);
    },

    async list() {
      const rows = await database.attempt((db) => db.select().from(apiKeys).orderBy(desc(apiKeys.createdAt), apiKeys.id));
      return rows.map(present);
    },
  };
}

function remember<T>(cache: Map<string, T>, hash: string, answer: T): void {
  const oldest = cache.size >= maxCached ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  // Anew at the end: in its old place it would soon be the oldest.
  cache.delete(hash);
  cache.set(hash, answer);
}

/** One query asks for at most so many keys; who comes when as many wait is told that it cannot be known now. */
const maxGathered = 1_000;

/** Asks one query at a time: who comes meanwhile is asked for by the next, with all others. */
function gathered(query: (hashes: readonly string[]) => Promise<ReadonlyMap<string, VerifiedApiKey>>) {
  let next: { readonly hashes: Set<string>; readonly answer: Promise<ReadonlyMap<string, VerifiedApiKey>> } | undefined;
  let running: Promise<unknown> = Promise.resolve();

  return async (hash: string): Promise<VerifiedApiKey | null> => {
    if (next === undefined) {
      const hashes = new Set<string>();
      const answer = running.then(() => {
        next = undefined;
        return query([...hashes]);
      });
      running = answer.catch(() => undefined);
      next = { hashes, answer };
    }
    if (next.hashes.size >= maxGathered) throw errors.unreachable('Too many unknown API keys are being looked up');
    next.hashes.add(hash);
    return (await next.answer).get(hash) ?? null;
  };
}

async function lookUp(database: Database, hashes: readonly string[]): Promise<ReadonlyMap<string, VerifiedApiKey>> {
  const isKey = and(inArray(apiKeys.hash, [...hashes]), isNull(apiKeys.revokedAt));
  const rows = await database.attempt((db) => db.select().from(apiKeys).where(isKey));
  if (rows.length === 0) return new Map();
  // Once a minute and key: a busy key must not write on every look-up.
  const isStale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`clock_timestamp() - interval '1 minute'`));
  const ids = rows.map(({ id }) => id);
  const noted = database.attempt((db) =>
    db
      .update(apiKeys)
      .set({ lastUsedAt: sql`clock_timestamp()` })
      .where(and(inArray(apiKeys.id, ids), isStale)),
  );
  // A database that can be read and not written (its disk is full) has answered: what it says of a revoked key must count.
  await noted.catch(() => undefined);
  return new Map(
    rows.map((row) => {
      const { id, scopes, source, maxMessagesPerSecond } = present(row);
      return [row.hash, { id, scopes, source, ...(maxMessagesPerSecond !== null && { maxMessagesPerSecond }) }];
    }),
  );
}

const hashOf = (plain: string) => createHash('sha256').update(plain).digest('hex');

function present({ hash: _, ...row }: typeof apiKeys.$inferSelect): ApiKey {
  return { ...row, scopes: z.array(ApiKeyScope).parse(row.scopes) };
}
