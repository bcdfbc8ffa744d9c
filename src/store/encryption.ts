/** Sealing of stored secrets: AES-256-GCM, bound to the secret's name. No I/O. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
export const keyBytes = 32;
/** 96 bits, the length GCM is specified for (NIST SP 800-38D 8.2); random, which is safe far beyond the number of secrets that are stored. */
const nonceBytes = 12;
const tagBytes = 16;

export interface EncryptionKey {
  /** First 8 bytes of the key's SHA-256 in hex: tells two keys apart in a row or an error message, and reveals neither. */
  readonly id: string;
  readonly bytes: Buffer;
}

export function encryptionKey(bytes: Buffer): EncryptionKey {
  if (bytes.length !== keyBytes) throw new RangeError(`an encryption key has ${keyBytes} bytes, not ${bytes.length}`);
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
}

/** @returns base64 of nonce, ciphertext and tag. */
export function seal(key: EncryptionKey, name: string, plain: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(additionalData(key, name));
  return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** @returns undefined when key or name is not the one it was sealed with, or a bit of it was changed. */
export function open(key: EncryptionKey, name: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(additionalData(key, name));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    // Node's only way to say that the tag does not fit.
    return undefined;
  }
}

/** Authenticated with the text: a sealed value that is copied into another secret's row does not open there. */
const additionalData = (key: EncryptionKey, name: string) => Buffer.from(`sluice.secret\0${key.id}\0${name}`);
