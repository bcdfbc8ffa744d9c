/** Where the encryption keys come from: SLUICE_SECRET_KEY, else a file that is made once and readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { codeOf, privateFolder, serialised, writePrivate } from '../embedded/private-files.ts';
import { type EncryptionKey, encryptionKey, keyBytes } from './encryption.ts';
import { errors } from './errors.ts';

export type KeyConfig = Pick<Config, 'SLUICE_SECRET_KEY' | 'SLUICE_SECRET_KEY_FORMER' | 'dataDir'>;

export interface SecretKeys {
  /** Everything is sealed with it from now on. */
  readonly current: EncryptionKey;
  /** While the key is changed: what was sealed before is read with it. */
  readonly former: EncryptionKey | undefined;
}

const CURRENT = 'secret.key';
const FORMER = 'secret.key.former';

/** @throws CdpError `store.secret_key_file` when a file is damaged or others may read it. */
export async function readSecretKeys(config: KeyConfig): Promise<SecretKeys> {
  if (config.SLUICE_SECRET_KEY !== undefined) {
    const former = config.SLUICE_SECRET_KEY_FORMER;
    return { current: fromBase64(config.SLUICE_SECRET_KEY), former: former === undefined ? undefined : fromBase64(former) };
  }
  await privateFolder(config.dataDir);
  // Serialised, or two first commands would each make a key and one would lose what it sealed.
  return inTurn(config, () => keysOfFiles(config));
}

/**
 * A new key, with the one until now as the former. Begun again after a crash it goes on with the key that was made then.
 * @throws CdpError `store.no_former_key` where the keys come from the environment and only one of them is there.
 */
export async function beginRotation(config: KeyConfig): Promise<SecretKeys> {
  if (config.SLUICE_SECRET_KEY !== undefined) {
    const { current, former } = await readSecretKeys(config);
    if (former === undefined || former.id === current.id)
      throw errors.no_former_key('SLUICE_SECRET_KEY is the only key there is, so there is nothing to change to');
    return { current, former };
  }
  await privateFolder(config.dataDir);
  return inTurn(config, async () => {
    const { current, former } = await keysOfFiles(config);
    if (former !== undefined && former.id !== current.id) return { current, former };
    // The former key first: whenever this ends, each key that something is sealed with is in one of the two files.
    await writeKey(join(config.dataDir, FORMER), current.bytes);
    return { current: await makeKey(join(config.dataDir, CURRENT)), former: current };
  });
}

/**
 * Forgets the former key, once nothing is sealed with it any more. One of the environment is the owner's to take out.
 * @param id of that key. Another change may have begun meanwhile, and what it changes from must stay.
 */
export async function endRotation(config: KeyConfig, id: string | undefined): Promise<void> {
  if (config.SLUICE_SECRET_KEY !== undefined) return;
  const path = join(config.dataDir, FORMER);
  await inTurn(config, async () => {
    if ((await readKeyFile(path))?.id === id) await rm(path, { force: true });
  });
}

const inTurn = <T>(config: KeyConfig, work: () => Promise<T>) => serialised(config.dataDir, 'secret-key', work);

async function keysOfFiles({ dataDir }: KeyConfig): Promise<SecretKeys> {
  const current = join(dataDir, CURRENT);
  return { current: (await readKeyFile(current)) ?? (await makeKey(current)), former: await readKeyFile(join(dataDir, FORMER)) };
}

async function readKeyFile(path: string): Promise<EncryptionKey | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw errors.secret_key_file(`${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, {
        hint: `Run \`chmod 600 ${path}\`. If another user may have read it, run \`sluice secret rotate\` and replace what was stored.`,
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

async function makeKey(path: string): Promise<EncryptionKey> {
  const bytes = randomBytes(keyBytes);
  await writeKey(path, bytes);
  return encryptionKey(bytes);
}

const writeKey = (path: string, bytes: Buffer) => writePrivate(path, `${bytes.toString('base64')}\n`);
const fromBase64 = (text: string) => encryptionKey(Buffer.from(text, 'base64'));
