/**
 * Refuses what no store takes: PostgreSQL has no place for a NUL, half of a character is none, and what is nested without end cannot be walked
 * through. In bodies of the API and in its addresses.
 */
import type { Context } from 'hono';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

/** As the descriptions of routes take it, `application/vnd.api+json` included. */
const JSON_TYPE = /^application\/([a-z.-]+\+)?json\b/i;

/** Documents have some ten levels. */
const MAX_DEPTH = 200;

/** @throws CdpError `http.invalid`. */
export async function assertWholeTexts({ req }: Context<HttpEnvironment>): Promise<void> {
  if (/%00/.test(req.url)) throw errors.invalid('The address holds a NUL character');
  if (req.method === 'GET' || !JSON_TYPE.test(req.header('content-type') ?? '')) return;
  // The body is kept: the next reader gets the same. One that is no JSON is refused there.
  const body: unknown = await req.json().catch(() => undefined);
  if (!isWithin(body, MAX_DEPTH)) throw errors.invalid(`The body is nested more than ${MAX_DEPTH} levels deep`);
  if (hasBrokenText(body)) throw errors.invalid('A text of the body holds a NUL character, or half of a character');
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}

function hasBrokenText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => hasBrokenText(name) || hasBrokenText(inner));
}
