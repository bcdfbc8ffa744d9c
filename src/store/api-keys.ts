/** API keys: 256 random bits, shown once, stored as a SHA-256 hash. A fast hash is right here, because there is nothing to guess. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm';
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
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export type VerifiedApiKey = Pick<ApiKey, 'id' | 'scopes' | 'source'>;

export interface ApiKeys {
  /** @returns the key itself, this once. */
  /** @throws CdpError `store.key_name`. */
  create(request: { name: string; scopes: readonly ApiKeyScope[]; source?: string }): Promise<ApiKey & { readonly plain: string }>;
  /**
   * Null for a key that is unknown, malformed or revoked. Answers are kept for `cacheMs` (so a revocation reaches every replica within it; at
   * once in the replica that revokes). While the database is away a key verified within the last minute still passes, so that a restart of
   * the control plane refuses nobody's events.
   * @throws CdpError `store.unreachable` when it cannot be known.
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
const staleWhenUnreachableMs = 60_000;
/** A bound on memory, not on keys: the oldest answer goes when a newer one comes. */
const maxCached = 1_000;

/** A name is for people; a source stands in every event, in file names and in messages. */
const NAME_FORM = /^(?!\s)[^\p{Cc}\p{Bidi_Control}\u2028\u2029]{1,100}$/u;
const SOURCE_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function createApiKeys(database: Database, nowMs: () => number = Date.now): ApiKeys {
  const cache = new Map<string, { readonly key: VerifiedApiKey; readonly checkedAtMs: number }>();

  return {
    async create({ name, scopes, source }) {
      if (!NAME_FORM.test(name)) throw errors.key_name(`An API key cannot be named ${JSON.stringify(name.slice(0, 120))}`);
      if (source !== undefined && !SOURCE_FORM.test(source))
        throw errors.key_name(`A source cannot be named ${JSON.stringify(source.slice(0, 120))}`);
      const plain = marker + randomBytes(32).toString('base64url');
      const [row] = await database.attempt((db) =>
        db
          .insert(apiKeys)
          .values({
            id: randomUUID(),
            name,
            prefix: plain.slice(0, prefixLength),
            hash: hashOf(plain).toString('hex'),
            scopes: [...scopes],
            source: source ?? null,
            createdAt: sql`clock_timestamp()`,
          })
          .returning(),
      );
      if (!row) throw errors.query_failed('the new API key was not returned');
      return { ...present(row), plain };
    },

    async verify(plain) {
      if (!form.test(plain)) return null;
      const hash = hashOf(plain);
      const cacheKey = hash.toString('hex');
      const cached = cache.get(cacheKey);
      if (cached && nowMs() - cached.checkedAtMs < cacheMs) return cached.key;
      try {
        const key = await lookUp(database, hash);
        cache.delete(cacheKey);
        if (key) remember(cacheKey, key);
        return key;
      } catch (error) {
        const isAway = error instanceof CdpError && error.fault === 'transient';
        if (isAway && cached && nowMs() - cached.checkedAtMs < staleWhenUnreachableMs) return cached.key;
        throw error;
      }
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
      cache.delete(rows[0].hash);
    },

    async list() {
      const rows = await database.attempt((db) => db.select().from(apiKeys).orderBy(desc(apiKeys.createdAt), apiKeys.id));
      return rows.map(present);
    },
  };

  function remember(cacheKey: string, key: VerifiedApiKey): void {
    const oldest = cache.size >= maxCached ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(cacheKey, { key, checkedAtMs: nowMs() });
  }
}

async function lookUp(database: Database, hash: Buffer): Promise<VerifiedApiKey | null> {
  const isKey = and(eq(apiKeys.hash, hash.toString('hex')), isNull(apiKeys.revokedAt));
  const [row] = await database.attempt((db) => db.select().from(apiKeys).where(isKey));
  if (!row || !timingSafeEqual(Buffer.from(row.hash, 'hex'), hash)) return null;
  // Once a minute and key: a busy key must not write on every look-up.
  const isStale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`clock_timestamp() - interval '1 minute'`));
  await database.attempt((db) =>
    db
      .update(apiKeys)
      .set({ lastUsedAt: sql`clock_timestamp()` })
      .where(and(eq(apiKeys.id, row.id), isStale)),
  );
  const { id, scopes, source } = present(row);
  return { id, scopes, source };
}

const hashOf = (plain: string) => createHash('sha256').update(plain).digest();

function present({ hash: _, ...row }: typeof apiKeys.$inferSelect): ApiKey {
  return { ...row, scopes: z.array(ApiKeyScope).parse(row.scopes) };
}
