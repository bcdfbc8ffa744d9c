/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';
import { AnyJson, JsonObject } from '../documents/any-json.ts';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z', description: 'ISO 8601, UTC.' });
const count = z.number().int();

export const SyncRun = z
  .object({
    sync_id: z.string(),
    run_number: count.openapi({ description: 'Counts the runs of the sync from 1.' }),
    run_id: z.string(),
    step: count.openapi({ description: '0 opened, 1 planned, 2 closed.' }),
    kind: z.enum(['run', 'resync', 'reset']).openapi({
      description: 'resync: a request to send everything again; reset: what was sent has been forgotten. Neither sends anything itself.',
    }),
    status: z.enum(['running', 'succeeded', 'with_errors', 'failed', 'cancelled']),
    target: z.string().openapi({ description: 'Part of the ledger that the run works with.' }),
    definition_hash: z.string(),
    source: z.string().openapi({ description: 'What was read, with its version. Empty when the run could not start.' }),
    address: z.string().openapi({ description: 'Where rows went, without secrets. Empty when the run could not start.' }),
    started_at: at,
    finished_at: at.nullable(),
    planned: count.openapi({ description: 'adds + changes + removes = accepted + rejected + unknown + skipped.' }),
    adds: count,
    changes: count,
    removes: count,
    withheld: count.openapi({ description: 'Removals that were not planned, because the source was empty.' }),
    invalid: count.openapi({ description: 'Rows of the source that were stopped before sending.' }),
    held: count.openapi({ description: 'Rows held for a person: outcome unknown and not safe to repeat.' }),
    held_by_consent: count.openapi({ description: 'Rows of the source that were not sent because they have no consent.' }),
    fields_withheld: count,
    accepted: count,
    rejected: count.openapi({ description: 'Rows that the destination refused.' }),
    unknown: count.openapi({ description: 'Rows that were sent and not answered for.' }),
    skipped: count.openapi({ description: 'Planned rows that were not sent.' }),
    removed: count,
    allowed_removals: count.nullable().openapi({ description: 'Removals that a person allowed this run, in place of the guard.' }),
    diff_ms: count,
    delivery_ms: count,
    error_code: z.string().openapi({ description: 'docs/errors.md lists them. Empty when it did not fail.' }),
    message: z.string(),
  })
  .openapi('SyncRun');
export type SyncRun = z.output<typeof SyncRun>;

/** How a sync is doing, without its runs. */
export const SyncListing = z
  .object({
    sync_id: z.string(),
    title: z.string(),
    source: z.string().openapi({ example: 'segment lapsing-regulars' }),
    destination: z.string(),
    mode: z.string().openapi({ example: 'mirror' }),
    health: z.enum(['never', 'healthy', 'warning', 'failing', 'running', 'crashed']).openapi({
      description:
        'Of the last run. never: it has not run yet. failing: it failed, could not start, or nothing that it sent was accepted. crashed: the process died; the next run recovers.',
    }),
    reason: z.string().nullable().openapi({ description: 'Why it is not healthy; null when it is, or has not run.' }),
    last_success_at: at.nullable().openapi({ description: 'End of the last run that delivered all it meant to.' }),
    // Not `.nullable()`: the generator would say of every run that it may be null.
    last_run: z.union([SyncRun, z.null()]),
  })
  .openapi('Sync');
export type SyncListing = z.output<typeof SyncListing>;

const FieldChange = z
  .object({
    field: z.string(),
    is_key: z.boolean(),
    from: AnyJson.optional().openapi({ description: 'Left out: nothing was sent.' }),
    to: AnyJson.optional().openapi({ description: 'Left out: the row goes.' }),
  })
  .readonly();
export type FieldChange = z.output<typeof FieldChange>;

export const SyncPreview = z
  .object({
    sync_id: z.string(),
    source: z.string(),
    address: z.string().openapi({ description: 'Where rows go, without secrets.' }),
    notes: z.array(z.string()).readonly().openapi({ description: 'What a person should know before the run.' }),
    adds: count,
    changes: count,
    removes: count,
    unchanged: count.openapi({ description: 'Rows of the source that are there as they should be.' }),
    left_there: count.openapi({ description: 'Keys that have left the source and stay, because the mode removes nothing.' }),
    invalid: count.openapi({ description: 'Rows of the source that would not be sent.' }),
    held: count,
    held_by_consent: count.openapi({
      description: 'Rows of the source without consent. What was sent of them before is among the removals, where the mode removes.',
    }),
    fields_withheld: count.openapi({ description: 'Optional fields that are left out because their value does not fit.' }),
    guard: z
      .object({ verdict: z.enum(['send', 'withhold', 'refuse']), message: z.string() })
      .readonly()
      .openapi({ description: 'What the guard would do about the removals.' }),
    samples: z
      .array(
        z
          .object({
            change: z.enum(['add', 'change', 'remove', 'invalid', 'held']),
            fields: z.array(FieldChange).readonly().openapi({ description: 'Old and new, personal data masked.' }),
            reason: z.string(),
            fields_withheld: z.array(z.string()).readonly(),
            is_retry: z.boolean().openapi({ description: 'The destination refused the last attempt.' }),
          })
          .readonly(),
      )
      .readonly(),
  })
  .openapi('SyncPreview');
export type SyncPreview = z.output<typeof SyncPreview>;

export const SyncReset = z
  .object({
    sync_id: z.string(),
    address: z.string().openapi({ description: 'Where rows went, without secrets.' }),
    rows_left: count.openapi({ description: 'Rows that were sent there and not removed. They stay.' }),
    is_done: z.boolean(),
    message: z.string(),
  })
  .openapi('SyncReset');
export type SyncReset = z.output<typeof SyncReset>;

export const RowException = z
  .object({
    key: z.string().openapi({ description: 'Key fields as a JSON object; its values are masked unless `unmask` is set.' }),
    change: z.string().openapi({ description: 'add, change, remove; empty where nothing was sent.' }),
    operation: z.string(),
    outcome: z.string().openapi({ description: 'rejected, unknown, not_sent, or invalid (stopped before sending).' }),
    fault: z.string(),
    message: z.string(),
    field: z.string().openapi({ description: 'Field that the destination named.' }),
    recorded_at: at,
  })
  .openapi('RowException');
export type RowException = z.output<typeof RowException>;

export const Destination = z
  .object({
    id: z.string(),
    title: z.string(),
    connector: z.string(),
    config: JsonObject.openapi({
      description:
        'As the document says it: secrets are names (`env:NAME`, `secret:NAME`). A setting that is secret and written out is not shown.',
    }),
    revision: count,
    applied_at: at,
    applied_by: z.string(),
    syncs: z.array(z.string()).openapi({ description: 'Syncs that write into it.' }),
  })
  .openapi('Destination');
export type Destination = z.output<typeof Destination>;

export const SentRow = z
  .object({
    sync_id: z.string(),
    run_id: z.string(),
    address: z.string().openapi({ description: 'Where it went, without secrets.' }),
    key: z.string().openapi({ description: 'Key fields as a JSON object.' }),
    change: z.string().openapi({ description: 'add, change or remove.' }),
    operation: z.string().openapi({ description: 'upsert, delete, add or remove.' }),
    fields: JsonObject.openapi({ description: 'What was sent; empty for a removal, and after 400 days.' }),
    outcome: z.string().openapi({ description: 'accepted, rejected, unknown or not_sent.' }),
    effect: z.string().openapi({
      description: 'What the attempt says about the destination: there, gone, uncertain, or none when it was refused for certain.',
    }),
    message: z.string(),
    recorded_at: at,
  })
  .openapi('SentRow');
export type SentRow = z.output<typeof SentRow>;

const jsonSchema = JsonObject.openapi({ description: 'JSON Schema.' });

export const ConnectorListing = z
  .object({
    slug: z.string(),
    title: z.string(),
    claims: z.array(z.string()).readonly().openapi({ description: 'How it was tested.' }),
    limits: z
      .object({
        concurrency: count.openapi({ description: 'Requests in flight at once.' }),
        requestsPerSecond: z.number().optional(),
      })
      .readonly(),
    erase: z
      .union([z.object({ by: z.literal('delete_operation') }), z.object({ refused: z.string() })])
      .readonly()
      .openapi({ description: 'How it forgets a person, or why it cannot.' }),
    config: jsonSchema,
    objects: z.record(
      z.string(),
      z.object({
        title: z.string(),
        modes: z.array(z.string()).readonly(),
        is_idempotent: z.boolean().openapi({ description: 'Whether the same rows twice leave what once leaves.' }),
        batch: JsonObject.openapi({ description: 'Limits of one request.' }),
        options: jsonSchema,
        fields: jsonSchema,
      }),
    ),
  })
  .openapi('Connector');
export type ConnectorListing = z.output<typeof ConnectorListing>;
