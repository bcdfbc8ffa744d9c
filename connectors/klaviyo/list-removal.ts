/** A list gives up profiles by Klaviyo's own ids, so they are looked up first, 100 at a time. Pure. */
import * as z from 'zod';
import type { HttpReply, HttpRequest, NextRequest } from '../../src/connector-kit/connector.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import type { Rows } from '../../src/connector-kit/row.ts';
import type { KlaviyoConfig } from './config.ts';
import { allRefused, jsonOf } from './import-job.ts';
import { LOOKUP_ROWS } from './limits.ts';
import { IDENTIFIERS } from './profile.ts';
import { get, withBody } from './request.ts';

/** Ids of the rows looked up so far, in their order; null: there is no such profile. */
const Step = z.strictObject({ ids: z.array(z.string().nullable()) });
const idsOf = (step: string | undefined) => (step === undefined ? [] : Step.parse(JSON.parse(step)).ids);

export function buildRemoval(rows: Rows, config: KlaviyoConfig, step: string | undefined, list: string): HttpRequest {
  const ids = idsOf(step);
  if (ids.length < rows.length) {
    const [name, values] = lookedUp(rows, ids.length);
    const quoted = values.map((value) => JSON.stringify(value)).join(',');
    return get(config, '/api/profiles', {
      filter: `any(${name},[${quoted}])`,
      'fields[profile]': name,
      'page[size]': String(LOOKUP_ROWS),
    });
  }
  const data = ids.flatMap((id) => (id === null ? [] : [{ type: 'profile', id }]));
  return withBody(config, 'DELETE', `/api/lists/${encodeURIComponent(list)}/relationships/profiles`, JSON.stringify({ data }));
}

const Profiles = z.object({
  data: z.array(z.object({ id: z.string().min(1), attributes: z.record(z.string(), z.unknown()) })),
});

export function parseRemoval(reply: HttpReply, rows: Rows, step: string | undefined): Outcome[] | NextRequest {
  const before = idsOf(step);
  if (before.length === rows.length) return outcomesOf(before);
  const read = Profiles.safeParse(jsonOf(reply));
  if (!read.success) return allRefused(rows, { kind: 'vendor_contract', message: 'the answer lists no profiles' });
  const [name, values] = lookedUp(rows, before.length);
  const found = new Map(read.data.data.map(({ id, attributes }) => [folded(attributes[name]), id]));
  const ids = [...before, ...values.map((value) => found.get(folded(value)) ?? null)];
  if (ids.length === rows.length && ids.every((id) => id === null)) return outcomesOf(ids);
  return { step: JSON.stringify({ ids }) };
}

/** The identifier that the rows have, and its values in the next request. */
function lookedUp(rows: Rows, from: number): [name: string, values: string[]] {
  const name = IDENTIFIERS.find((one) => Object.hasOwn(rows[0].fields, one)) ?? 'email';
  return [name, rows.slice(from, from + LOOKUP_ROWS).map(({ fields }) => String(fields[name] ?? ''))];
}

/** Klaviyo keeps e-mail addresses in lower case. */
const folded = (value: unknown) => String(value).trim().toLowerCase();

const outcomesOf = (ids: readonly (string | null)[]): Outcome[] =>
  ids.map((id) => (id === null ? refused({ kind: 'not_found', message: 'there is no such profile' }) : accepted));
