/** Secrets that destinations and sources refer to as `secret:NAME`. Encrypted before they leave the process; never listed with their values. */
import { eq, sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { open, seal } from './encryption.ts';
import { errors } from './errors.ts';
import { secrets } from './schema.ts';
import { beginRotation, endRotation, type KeyConfig, readSecretKeys, type SecretKeys } from './secret-key.ts';

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
  /**
   * Encrypts all of them with a new key, in one transaction. A service that runs goes on, and reads the new key when it needs it.
   * @returns the names that were encrypted anew, and those that neither key opens.
   * @throws CdpError `store.no_former_key`.
   */
  rotate(): Promise<{ readonly keyId: string; readonly rotated: readonly string[]; readonly unreadable: readonly string[] }>;
}

const nameForm = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/** The keys are read on first use only: a process that touches no secret needs none, and makes none. */
export function createSecrets(database: Database, config: KeyConfig): Secrets {
  let known: Promise<SecretKeys> | undefined;
  const keys = () => (known ??= readSecretKeys(config));
  /** Another process may have changed the key meanwhile. */
  const keysAnew = () => (known = readSecretKeys(config));

  async function write(name: string, value: string, { current }: SecretKeys): Promise<void> {
    const sealed = seal(current, name, value);
    const updatedAt = sql`clock_timestamp()`;
    await database.attempt((db) =>
      db
        .insert(secrets)
        .values({ name, keyId: current.id, sealed, createdAt: updatedAt, updatedAt })
        .onConflictDoUpdate({ target: secrets.name, set: { keyId: current.id, sealed, updatedAt } }),
    );
  }

  return {
    async put(name, value) {
      if (!nameForm.test(name)) throw errors.secret_name(`A secret cannot be named ${JSON.stringify(name.slice(0, 120))}`);
      // Once more when the key was changed while this was written: what is sealed with the former one could soon not be opened.
      for (let used = await keysAnew(), isNewest = false; !isNewest; ) {
        await write(name, value, used);
        const now = await keysAnew();
        isNewest = now.current.id === used.current.id;
        used = now;
      }
    },

    async get(name) {
      const [row] = await database.attempt((db) => db.select().from(secrets).where(eq(secrets.name, name)));
      if (!row) throw errors.secret_missing(`There is no secret named ${name}`, { context: { name } });
      const value = openWith(await keys(), row) ?? openWith(await keysAnew(), row);
      if (value !== undefined) return value;
      const { current } = await keys();
      const why =
        row.keyId === current.id
          ? 'the stored text was altered'
          : `it was encrypted with the key ${row.keyId}, the current one is ${current.id}`;
      throw errors.secret_key_wrong(`The secret ${name} cannot be decrypted: ${why}`, { context: { name } });
    },

    async list() {
      const now = await keysAnew();
      const rows = await database.attempt((db) => db.select().from(secrets).orderBy(secrets.name));
      return rows.map(({ sealed, ...row }) => ({ ...row, isReadable: openWith(now, { ...row, sealed }) !== undefined }));
    },

    async remove(name) {
      const removed = await database.attempt((db) => db.delete(secrets).where(eq(secrets.name, name)).returning({ name: secrets.name }));
      return removed.length === 1;
    },

    async rotate() {
      const changing = await beginRotation(config);
      const keyId = changing.current.id;
      const rotated: string[] = [];
      const unreadable: string[] = [];
      await database.transaction(async (transaction) => {
        for (const row of await transaction.select().from(secrets).orderBy(secrets.name).for('update')) {
          if (open(changing.current, row.name, row.sealed) !== undefined) continue;
          const value = openWith(changing, row);
          if (value === undefined) unreadable.push(row.name);
          else {
            const sealed = seal(changing.current, row.name, value);
            await transaction.update(secrets).set({ keyId, sealed }).where(eq(secrets.name, row.name));
            rotated.push(row.name);
          }
        }
      });
      await endRotation(config, changing.former?.id);
      known = undefined;
      return { keyId, rotated, unreadable };
    },
  };
}

function openWith(
  { current, former }: SecretKeys,
  { name, sealed }: { readonly name: string; readonly sealed: string },
): string | undefined {
  return open(current, name, sealed) ?? (former === undefined ? undefined : open(former, name, sealed));
}
