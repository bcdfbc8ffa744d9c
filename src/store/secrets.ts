/** Secrets that destinations and sources refer to as `secret:NAME`. Encrypted before they leave the process; never listed with their values. */
import { eq, sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { type EncryptionKey, open, seal } from './encryption.ts';
import { errors } from './errors.ts';
import { secrets } from './schema.ts';

export interface StoredSecret {
  readonly name: string;
  /** Which key it is sealed with: differs from the current one after a change of SLUICE_SECRET_KEY. */
  readonly keyId: string;
  readonly isReadable: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Secrets {
  /** Stores or replaces. @throws CdpError `store.secret_name`. */
  put(name: string, value: string): Promise<void>;
  /** @throws CdpError `store.secret_missing` or `store.secret_key_wrong`. */
  get(name: string): Promise<string>;
  list(): Promise<readonly StoredSecret[]>;
  /** @returns whether there was one. */
  remove(name: string): Promise<boolean>;
}

const nameForm = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/** @param readKey called on first use only: a process that touches no secret needs no key, and makes none. */
export function createSecrets(database: Database, readKey: () => Promise<EncryptionKey>): Secrets {
  let key: Promise<EncryptionKey> | undefined;
  const currentKey = () => (key ??= readKey());

  return {
    async put(name, value) {
      if (!nameForm.test(name)) throw errors.secret_name(`A secret cannot be named ${JSON.stringify(name.slice(0, 120))}`);
      const { id: keyId } = await currentKey();
      const sealed = seal(await currentKey(), name, value);
      const updatedAt = sql`clock_timestamp()`;
      await database.attempt((db) =>
        db
          .insert(secrets)
          .values({ name, keyId, sealed, createdAt: updatedAt, updatedAt })
          .onConflictDoUpdate({ target: secrets.name, set: { keyId, sealed, updatedAt } }),
      );
    },

    async get(name) {
      const [row] = await database.attempt((db) => db.select().from(secrets).where(eq(secrets.name, name)));
      if (!row) throw errors.secret_missing(`There is no secret named ${name}`, { context: { name } });
      const current = await currentKey();
      const value = open(current, name, row.sealed);
      if (value !== undefined) return value;
      const why =
        row.keyId === current.id
          ? 'the stored text was altered'
          : `it was encrypted with the key ${row.keyId}, the current one is ${current.id}`;
      throw errors.secret_key_wrong(`The secret ${name} cannot be decrypted: ${why}`, { context: { name } });
    },

    async list() {
      const current = await currentKey();
      const rows = await database.attempt((db) => db.select().from(secrets).orderBy(secrets.name));
      return rows.map(({ sealed, ...row }) => ({ ...row, isReadable: open(current, row.name, sealed) !== undefined }));
    },

    async remove(name) {
      const removed = await database.attempt((db) => db.delete(secrets).where(eq(secrets.name, name)).returning({ name: secrets.name }));
      return removed.length === 1;
    },
  };
}
