/** The `v1` signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-11) */
import { createHmac } from 'node:crypto';

const prefix = 'whsec_';

/** The specification asks for 24 to 64 bytes. */
export function isSecret(secret: string): boolean {
  if (!secret.startsWith(prefix)) return false;
  const text = secret.slice(prefix.length);
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
}

/** The id is the same on every retry, the time is that of each attempt: receivers drop repeats by the id and replays by the time. */
export function signatureHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000).toString();
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
