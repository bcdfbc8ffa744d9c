/**
 * Tables of the control plane, in the PostgreSQL schema `sluice`: configuration, versions, secrets, keys, leases, schedule slots.
 * Never a customer's row. After a change here `drizzle-kit generate` writes the migration; schema.test.ts fails until it was run.
 */
import { bigint, index, integer, jsonb, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const sluice = pgSchema('sluice');

/** pg-boss keeps its own tables here (src/schedule/queue.ts). Made by us, because two replicas that let it do so at once can collide. */
export const sluiceJobs = pgSchema('sluice_jobs');

/** Millisecond precision, because that is what a JavaScript Date can carry back unchanged. */
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** One row: the installation that the control plane belongs to. Two that shared it would run each other's schedules and jobs. */
export const installation = sluice.table('installation', {
  id: integer('id').primaryKey(),
  databasePrefix: text('database_prefix').notNull(),
  recordedAt: instant('recorded_at').notNull(),
});

/** What is running now: one row per configuration document. A removed document keeps its row, so that its revisions go on counting. */
export const resources = sluice.table(
  'resources',
  {
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    document: jsonb('document').notNull(),
    revision: integer('revision').notNull(),
    appliedAt: instant('applied_at').notNull(),
    appliedBy: text('applied_by').notNull(),
    removedAt: instant('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.id] })],
);

/**
 * Every state a document ever had, append-only. `document` is null where the revision is a removal; `reason` is what whoever made it said
 * about it, null where nothing was said.
 */
export const resourceRevisions = sluice.table(
  'resource_revisions',
  {
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    revision: integer('revision').notNull(),
    document: jsonb('document'),
    appliedAt: instant('applied_at').notNull(),
    appliedBy: text('applied_by').notNull(),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.id, table.revision] })],
);

/** `sealed` = base64 of nonce, ciphertext and tag of AES-256-GCM (encryption.ts); `key_id` names the key without revealing it. */
export const secrets = sluice.table('secrets', {
  name: text('name').primaryKey(),
  keyId: text('key_id').notNull(),
  sealed: text('sealed').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/**
 * `hash` = hex SHA-256 of the key; the key itself is shown once and stored nowhere. `prefix` lets a person recognise it.
 * `max_messages_per_second` is null where the limit of the service holds.
 */
export const apiKeys = sluice.table('api_keys', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  prefix: text('prefix').notNull(),
  hash: text('hash').notNull().unique(),
  scopes: text('scopes').array().notNull(),
  source: text('source'),
  maxMessagesPerSecond: integer('max_messages_per_second'),
  createdAt: instant('created_at').notNull(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

/** One row per lock name, never deleted: the fencing token only ever rises. A free lease has no holder. */
export const leases = sluice.table('leases', {
  name: text('name').primaryKey(),
  holder: text('holder'),
  fencingToken: bigint('fencing_token', { mode: 'number' }).notNull(),
  acquiredAt: instant('acquired_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** One row per slot of a schedule: the primary key is what lets only one of several replicas fire it. */
export const scheduleSlots = sluice.table(
  'schedule_slots',
  {
    schedule: text('schedule').notNull(),
    slotAt: instant('slot_at').notNull(),
    outcome: text('outcome').notNull(),
    jobId: uuid('job_id'),
    recordedAt: instant('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.schedule, table.slotAt] }), index('schedule_slots_recorded_at').on(table.recordedAt)],
);
