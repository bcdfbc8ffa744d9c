/** Where the encryption key comes from: SLUICE_SECRET_KEY, else a file that is made once and readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { codeOf, privateFolder, serialised, writePrivate } from '../embedded/private-files.ts';
import { type EncryptionKey, encryptionKey, keyBytes } from './encryption.ts';
import { errors } from './errors.ts';

/** @throws CdpError `store.secret_key_file` when the file is damaged or others may read it. */
export async function readSecretKey(config: Pick<Config, 'SLUICE_SECRET_KEY' | 'dataDir'>): Promise<EncryptionKey> {
  if (config.SLUICE_SECRET_KEY !== undefined) return encryptionKey(Buffer.from(config.SLUICE_SECRET_KEY, 'base64'));
  await privateFolder(config.dataDir);
  const path = join(config.dataDir, 'secret.key');
  // Serialised, or two first commands would each make a key and one would lose what it sealed.
  return serialised(config.dataDir, 'secret-key', async () => (await readKeyFile(path)) ?? makeKeyFile(path));
}

async function readKeyFile(path: string): Promise<EncryptionKey | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw errors.secret_key_file(`${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, {
        hint: `Run \`chmod 600 ${path}\`. If somebody may have read it, store the secrets anew with another key.`,
      });
    }
    const bytes = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64');
    if (bytes.length !== keyBytes) throw errors.secret_key_file(`${path} does not hold ${keyBytes} bytes in base64`);
    return encryptionKey(bytes);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'EACCES') throw errors.secret_key_file(`${path} cannot be read`, { cause: error });
    throw error;
  }
}

async function makeKeyFile(path: string): Promise<EncryptionKey> {
  const bytes = randomBytes(keyBytes);
  await writePrivate(path, `${bytes.toString('base64')}\n`);
  return encryptionKey(bytes);
}
