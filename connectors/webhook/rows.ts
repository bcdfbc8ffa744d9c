/** The body of a webhook batch, and how its answer is read. Pure: the kit signs, sends, waits, retries and records. */

import * as z from 'zod';
import {
  type BatchContext,
  defineHttpObject,
  type HttpObject,
  type HttpReply,
  type HttpRequest,
} from '../../src/connector-kit/connector.ts';
import { canonical, isExactNumber, isSame, type Json, numberText, parseExact } from '../../src/connector-kit/exact-json.ts';
import type { Fault } from '../../src/connector-kit/fault.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import { type Fields, jsonArray, type Rows } from '../../src/connector-kit/row.ts';
import { webhookConfig } from './config.ts';
import { webhookBatch } from './limits.ts';

type WebhookConfig = typeof webhookConfig;

/**
 * Fields of any name are sent. The fields below are known to hold personal data, and an e-mail must look like an address, in letters of any
 * script. As a key, an e-mail is compared without case and a phone number by its digits; `compare:` of a sync changes that.
 */
const Contact = z
  .object({
    email: z.email({ pattern: z.regexes.unicodeEmail }).optional().meta({ label: 'E-mail', pii: true, compares: 'email' }),
    phone: z.string().optional().meta({ label: 'Phone', pii: true, compares: 'phone' }),
    first_name: z.string().optional().meta({ label: 'First name', pii: true }),
    last_name: z.string().optional().meta({ label: 'Last name', pii: true }),
  })
  .catchall(z.json());

const Options = z.strictObject({
  list: z
    .string()
    .min(1)
    .optional()
    .meta({ label: 'List', description: 'Name of the list in mode audience. Default: the id of the sync.' }),
});

export const contact: HttpObject<WebhookConfig> = rowsObject('contact', 'Contact', Contact);
export const row: HttpObject<WebhookConfig> = rowsObject('row', 'Row of any kind', z.object({}).catchall(z.json()));

function rowsObject(type: string, title: string, fields: z.ZodObject): HttpObject<WebhookConfig> {
  return defineHttpObject(webhookConfig, {
    title,
    modes: ['upsert', 'mirror', 'audience'],
    fields,
    options: Options,
    addressedBy: ['list'],
    batch: webhookBatch,
    // Idempotent by key, and by webhook-id for receivers that keep the ids they have seen.
    isIdempotent: true,
    build: (rows, context) => build(type, rows, context),
    parse,
  });
}

type Context = BatchContext<z.output<WebhookConfig>, z.output<typeof Options>>;

/** `{ type, timestamp, data }` as Standard Webhooks recommends; `data` holds the warehouse's own JSON texts. */
function build(object: string, rows: Rows, context: Context): HttpRequest {
  const { operation } = rows[0];
  const head = {
    sync: context.syncId,
    operation,
    ...(context.mode === 'audience' ? { list: context.options.list ?? context.syncId } : {}),
    key: context.keyFields.map(({ name }) => name),
  };
  const data = `${JSON.stringify(head).slice(0, -1)},"rows":${jsonArray(rows)}}`;
  return {
    method: 'POST',
    url: context.config.url,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'Sluice' },
    body: `{"type":${JSON.stringify(`${object}.${operation}`)},"timestamp":${JSON.stringify(context.startedAt.toISOString())},"data":${data}}`,
  };
}

/** An index may also be written as `1.0`. */
const Place = z.preprocess((value) => (isExactNumber(value) ? Number(value.rawJSON) : value), z.int().min(0));
const reason = z.string().default('refused without a reason');
/** Names a row by position or by key; when it gives both, they must agree. */
const Rejection = z
  .object({ index: Place.optional(), key: z.record(z.string(), z.unknown()).optional(), reason, field: z.string().optional() })
  .refine(({ index, key }) => index !== undefined || (key !== undefined && Object.keys(key).length > 0), 'names no row');
const Reply = z.object({ rejected: z.array(Rejection).default([]) });

/**
 * 2xx accepts the batch, except the rows that the answer names under `rejected`, by position or by key. An answer without a body, or with
 * plain text, names none. HTML, or JSON that cannot be read, does not come from a receiver of the agreed kind: what it did
 * with the rows is unknown.
 */
function parse(reply: HttpReply, rows: Rows): Outcome[] {
  const text = reply.body.trim();
  const contentType = reply.headers['content-type'] ?? '';
  const looksLikeJson = text.startsWith('{') || text.startsWith('[') || (contentType.includes('json') && text !== '');
  if (!looksLikeJson) {
    const isPage = contentType.includes('html') || text.startsWith('<');
    return isPage ? allRefused(rows, `HTTP ${reply.status} with a web page instead of an answer`) : rows.map(() => accepted);
  }
  const json = parseJson(text);
  if (json === undefined) return allRefused(rows, `HTTP ${reply.status} with JSON that cannot be read`);
  const parsed = Reply.safeParse(json);
  if (!parsed.success)
    return typeof json === 'object' && json !== null && 'rejected' in json
      ? allRefused(rows, 'the answer’s `rejected` is not a list of { index or key, reason }')
      : rows.map(() => accepted);
  return parsed.data.rejected.length === 0 ? rows.map(() => accepted) : applyRejections(parsed.data.rejected, rows);
}

function applyRejections(rejections: readonly z.output<typeof Rejection>[], rows: Rows): Outcome[] {
  const outcomes: Outcome[] = rows.map(() => accepted);
  for (const { index, key, reason: message, field } of rejections) {
    const named = key === undefined ? index : placeOf(key as Fields, rows);
    if (named === undefined || !rows[named] || (index !== undefined && index !== named)) {
      return allRefused(rows, 'the answer rejects a row that is not in the batch, or not one row only');
    }
    outcomes[named] = refused({ kind: 'row_invalid', message, ...(field === undefined ? {} : { field }) });
  }
  return outcomes;
}

/**
 * The one row that a key names. Numbers are compared by all their digits, written as a number or as a text: a receiver that uses JavaScript
 * should answer with texts. When no row matches exactly, the key is compared as a receiver that folds texts would write it.
 */
function placeOf(key: Fields, rows: Rows): number | undefined {
  for (const agrees of [isSameKey, isSameFolded]) {
    const found = rows.flatMap((row, place) =>
      Object.entries(key).every(([name, value]) => Object.hasOwn(row.fields, name) && agrees(row.fields[name], value)) ? [place] : [],
    );
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

function isSameKey(ours: Json | undefined, theirs: Json | undefined): boolean {
  const digits = numberText(ours);
  if (digits !== undefined && typeof theirs === 'string') return canonical(theirs) === canonical(digits);
  return isSame(ours, theirs);
}

const isSameFolded = (ours: Json | undefined, theirs: Json | undefined): boolean =>
  typeof ours === 'string' && typeof theirs === 'string' ? folded(ours) === folded(theirs) : isSameKey(ours, theirs);

const folded = (text: string): string => text.normalize('NFC').trim().toLowerCase();

function allRefused(rows: Rows, message: string): Outcome[] {
  const fault: Fault = { kind: 'vendor_contract', message };
  return rows.map(() => refused(fault));
}

function parseJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
