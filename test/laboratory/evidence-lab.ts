/** Builds the evidence of identity from raw rows that a test makes up, and reads it back in a shape that two builds can be compared by. */
import * as z from 'zod';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { type TestDbtOptions, testDbt } from '../dbt.ts';
import { askSql, runSql, testWarehouse } from '../warehouse.ts';

export interface Message {
  readonly id: string;
  readonly type: 'identify' | 'track' | 'alias';
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly previousId?: string;
  readonly email?: string;
  /** Hour of arrival, counted from a fixed day; a fraction is allowed. */
  readonly hour: number;
}

export interface Customer {
  readonly id: string;
  readonly email: string;
}

export interface EvidenceLab {
  readonly warehouse: Warehouse;
  collect(messages: readonly Message[]): Promise<void>;
  /** Takes messages out of the landing table, as an erasure does. */
  erase(ids: readonly string[]): Promise<void>;
  replaceCustomers(customers: readonly Customer[]): Promise<void>;
  build(options?: { readonly fullRefresh?: boolean }): Promise<void>;
  /** All evidence, whatever slices and versions it is kept under. */
  evidence(): Promise<{ readonly edges: readonly object[]; readonly identifiers: readonly object[] }>;
  rows<R extends z.ZodObject>(sql: string, row: R): Promise<z.output<R>[]>;
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

const MODELS = ['identity_checked_decisions', 'identity_observations', 'identity_appearances', 'identity_edges'];
const FIRST_HOUR_MS = Date.parse('2026-03-01T00:00:00Z');

const edge = z.object({
  a: z.string(),
  b: z.string(),
  entity: z.string(),
  types: z.string(),
  rule: z.string(),
  observed_in: z.string(),
  source: z.string(),
  seen: z.string(),
});
const identifier = z.object({
  name: z.string(),
  spelling: z.string(),
  block_reason: z.string(),
  sources: z.array(z.string()),
  seen: z.string(),
});

export async function openEvidenceLab(options: TestDbtOptions = {}): Promise<EvidenceLab> {
  const warehouse = await testWarehouse();
  const dbt = await testDbt(warehouse, options);
  const run: EvidenceLab['run'] = async (sql) => {
    await runSql(warehouse.owner, sql);
  };
  const rows: EvidenceLab['rows'] = (sql, row) => askSql(warehouse.owner, sql, row);

  await run(`
    create table sluice_raw.crm__customers
    (
        household_id String, email String, phone String, first_name String, last_name String, city String, country_code String,
        consent_email String, updated_at DateTime64(3, 'UTC')
    )
    engine = MergeTree order by household_id
  `);
  await dbt.build({ select: ['+identity_edges', '+identity_identifiers'], isWithoutTests: true });

  return {
    warehouse,
    rows,
    run,
    async collect(messages) {
      if (messages.length === 0) return;
      await warehouse.owner.insert(
        'sluice_raw.events',
        messages.map((message) => ({
          message_id: message.id,
          type: message.type,
          source: 'web',
          user_id: message.userId ?? '',
          anonymous_id: message.anonymousId ?? '',
          previous_id: message.previousId ?? '',
          occurred_at: at(message.hour),
          received_at: at(message.hour),
          message: JSON.stringify(message.email === undefined ? {} : { traits: { email: message.email } }),
        })),
        { columns: ['message_id', 'type', 'source', 'user_id', 'anonymous_id', 'previous_id', 'occurred_at', 'received_at', 'message'] },
      );
    },
    async erase(ids) {
      if (ids.length === 0) return;
      const list = ids.map((id) => `'${id}'`).join(', ');
      await run(`alter table sluice_raw.events delete where message_id in (${list}) settings mutations_sync = 1`);
    },
    async replaceCustomers(customers) {
      await run('truncate table sluice_raw.crm__customers');
      if (customers.length === 0) return;
      await warehouse.owner.insert(
        'sluice_raw.crm__customers',
        customers.map(({ id, email }) => ({ household_id: id, email, updated_at: at(0) })),
        { columns: ['household_id', 'email', 'updated_at'] },
      );
    },
    async build({ fullRefresh = false } = {}) {
      const result = await dbt.build({ select: MODELS, fullRefresh, isWithoutTests: true });
      const failed = result.models.filter((model) => model.status !== 'success');
      if (failed.length > 0) throw new Error(failed.map((model) => `${model.name}: ${model.error?.message ?? model.status}`).join('\n'));
    },
    async evidence() {
      return {
        edges: await rows(
          `
            select toString(a) as a, toString(b) as b, entity, concat(toString(type_a), '-', toString(type_b)) as types, rule, observed_in, source,
              concat(toString(min(first_seen_at)), ' ', toString(max(last_seen_at)), ' ', toString(sum(seen_count))) as seen
            from sluice_identity.identity_edges
            group by a, b, entity, types, rule, observed_in, source
            order by all
          `,
          edge,
        ),
        identifiers: await rows(
          `
            select concat(entity, '.', identifier_type, ':', identifier_value, ' ', toString(node)) as name, spelling, block_reason, sources,
              concat(toString(first_seen_at), ' ', toString(last_seen_at), ' ', toString(seen_count)) as seen
            from sluice_identity.identity_identifiers
            order by all
          `,
          identifier,
        ),
      };
    },
    async close() {
      await dbt.close();
      await warehouse.close();
    },
  };
}

function at(hour: number): string {
  return new Date(FIRST_HOUR_MS + Math.round(hour * 3_600_000)).toISOString().replace('T', ' ').replace('Z', '');
}
