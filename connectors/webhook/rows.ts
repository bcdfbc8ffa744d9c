/** The body of a webhook batch and what its answer may say. Pure: the kit signs, sends, waits, retries and records. */
import * as z from 'zod';
import {
  type BatchContext,
  defineHttpObject,
  type HttpObject,
  type HttpReply,
  type HttpRequest,
} from '../../src/connector-kit/connector.ts';
import type { Fault } from '../../src/connector-kit/fault.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import { jsonArray, type Rows } from '../../src/connector-kit/row.ts';
import type { webhookConfig } from './index.ts';

type WebhookConfig = typeof webhookConfig;

/** Fields of any name are sent; these are known to hold personal data, and an address to look like one. */
const Contact = z
  .object({
    email: z.email().optional().meta({ label: 'E-mail', pii: true }),
    phone: z.string().optional().meta({ label: 'Phone', pii: true }),
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

/**
 * 1,000 rows and 1 MB are our own choice, below what common receivers refuse (nginx 1 MB, Express 100 kB unless raised, Hono none).
 * One operation per request, so that a receiver needs no look at each row to know what to do.
 */
const batch = {
  maxRows: 1_000,
  maxBytes: 1_000_000,
  mixesOperations: false,
  source: { reason: 'our own choice: the receiver is the customer’s' },
} as const;

export const contact = (config: WebhookConfig): HttpObject<WebhookConfig> => rowsObject(config, 'contact', 'Contact', Contact);
export const row = (config: WebhookConfig): HttpObject<WebhookConfig> =>
  rowsObject(config, 'row', 'Row of any kind', z.object({}).catchall(z.json()));

function rowsObject(config: WebhookConfig, type: string, title: string, fields: z.ZodObject): HttpObject<WebhookConfig> {
  return defineHttpObject(config, {
    title,
    modes: ['upsert', 'mirror', 'audience'],
    fields,
    options: Options,
    addressedBy: ['list'],
    batch,
    // By key, and by webhook-id for receivers that keep the ids they have seen.
    isIdempotent: true,
    build: (rows, context) => build(type, rows, context),
    parse,
  });
}

type Context = BatchContext<z.output<WebhookConfig>, z.output<typeof Options>>;

/** `{ type, timestamp, data }` as Standard Webhooks recommends; the rows are the warehouse's own JSON texts, spliced in. */
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

const Rejection = z.union([
  z.object({ index: z.int().min(0), reason: z.string().default('refused without a reason'), field: z.string().optional() }),
  z.object({ key: z.record(z.string(), z.json()), reason: z.string().default('refused without a reason'), field: z.string().optional() }),
]);
const Reply = z.object({ rejected: z.array(Rejection).default([]) });

/**
 * 2xx takes the batch, save the rows that the answer names under `rejected`, by position or by key. An answer without a body, or with plain
 * text, names none. HTML, or JSON that cannot be read, is not the receiver we were promised: nobody can say what it did with the rows.
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
  for (const rejection of rejections) {
    const { reason, field } = rejection;
    const key = 'key' in rejection ? rejection.key : undefined;
    const index = key ? rows.findIndex((row) => hasKey(row.fields, key)) : 'index' in rejection ? rejection.index : -1;
    if (!rows[index]) return allRefused(rows, 'the answer rejects a row that is not in the batch');
    outcomes[index] = refused({ kind: 'row_invalid', message: reason, ...(field === undefined ? {} : { field }) });
  }
  return outcomes;
}

const hasKey = (fields: Readonly<Record<string, unknown>>, key: Readonly<Record<string, unknown>>) =>
  Object.entries(key).every(([name, value]) => JSON.stringify(fields[name]) === JSON.stringify(value));

function allRefused(rows: Rows, message: string): Outcome[] {
  const fault: Fault = { kind: 'vendor_contract', message };
  return rows.map(() => refused(fault));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
