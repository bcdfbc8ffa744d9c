/** Refuses texts that no store takes: PostgreSQL cannot hold a NUL, and half of a surrogate pair is not a character. In bodies of the API and in its addresses. */
import type { Context } from 'hono';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

/** @throws CdpError `http.invalid`. */
export async function assertWholeTexts({ req }: Context<HttpEnvironment>): Promise<void> {
  if (/%00/.test(req.url)) throw errors.invalid('The address holds a NUL character');
  if (req.method === 'GET' || !req.header('content-type')?.startsWith('application/json')) return;
  // The body is kept: the next reader gets the same. One that is no JSON is refused there.
  const body: unknown = await req.json().catch(() => undefined);
  if (hasBrokenText(body)) throw errors.invalid('A text of the body holds a NUL character, or half of a character');
}

function hasBrokenText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => hasBrokenText(name) || hasBrokenText(inner));
}
