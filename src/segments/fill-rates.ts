/** Which share of entities has a value of each trait: one query for each table, kept for some minutes with the moment of the measurement. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { CdpError } from '../errors.ts';
import { isSameTable, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';
import { hasValue, traitRows } from './trait-rows.ts';

export interface FillRates {
  /** Null where none could be measured. */
  readonly asOf: string | null;
  /** Rows of the entity's own table with a key; null where that is not known. */
  readonly entities: number | null;
  /** 0 … 1, by the name of the trait. Nothing for what is not known: the table is not there yet, or costs more than it may. */
  readonly of: ReadonlyMap<string, number>;
}

interface Measured {
  readonly atMs: number;
  readonly rows: number;
  readonly withValue: ReadonlyMap<string, number>;
}

const KEPT_MS = 600_000;
/** What failed is tried again sooner. */
const FAILED_KEPT_MS = 30_000;
const MAX_SECONDS = 10;

/** By warehouse, then by table and traits. */
const kept = new WeakMap<WarehouseClient, Map<string, { readonly untilMs: number; readonly measured: Promise<Measured | undefined> }>>();

export async function readFillRates(deps: Pick<SegmentDeps, 'warehouse' | 'now'>, entity: Entity): Promise<FillRates> {
  const measured = await Promise.all(entity.tables.map(({ table }) => measureOnce(deps, entity, table)));
  const [own] = measured;
  const known = measured.flatMap((one) => one ?? []);
  const total = own?.rows;
  const shares = known.flatMap(({ withValue }) => [...withValue].map(([name, count]) => [name, count] as const));
  return {
    asOf: known.length === 0 ? null : new Date(Math.min(...known.map(({ atMs }) => atMs))).toISOString(),
    entities: total ?? null,
    // Of nobody there is no share.
    of: new Map(total ? shares.map(([name, count]) => [name, Math.min(1, count / total)]) : []),
  };
}

function measureOnce(deps: Pick<SegmentDeps, 'warehouse' | 'now'>, entity: Entity, table: TableName): Promise<Measured | undefined> {
  const { owner } = deps.warehouse;
  const own = kept.get(owner) ?? new Map();
  kept.set(owner, own);
  const nowMs = deps.now().getTime();
  const traits = [...entity.traits.values()].filter((trait) => isSameTable(trait.table, table));
  const name = JSON.stringify([table, ...traits.map(({ name: trait, type }) => [trait, type])]);
  const before = own.get(name);
  if (before && before.untilMs > nowMs) return before.measured;
  const measured = measure(deps, entity, table).catch((error: unknown) => {
    if (!(error instanceof CdpError)) throw error;
    own.set(name, { untilMs: nowMs + FAILED_KEPT_MS, measured: Promise.resolve(undefined) });
    return undefined;
  });
  own.set(name, { untilMs: nowMs + KEPT_MS, measured });
  return measured;
}

async function measure({ warehouse, now }: Pick<SegmentDeps, 'warehouse' | 'now'>, entity: Entity, table: TableName): Promise<Measured> {
  const traits = [...entity.traits.values()].filter((trait) => isSameTable(trait.table, table));
  const counts = traits.map((trait) => `countIf(${hasValue(`t.${quoteIdentifier(trait.name)}`, trait)})`);
  const query = defineQuery({
    name: 'segments.fill_rates',
    sql: `select count() as rows, [${counts.join(', ')}]::Array(UInt64) as with_value\n${traitRows(entity, table, traits)}`,
    params: z.object({}),
    row: z.object({ rows: z.coerce.number(), with_value: z.array(z.coerce.number()) }),
  });
  const [row] = await warehouse.reader.ask(query, {}, { settings: { max_execution_time: MAX_SECONDS } });
  return {
    atMs: now().getTime(),
    rows: row?.rows ?? 0,
    withValue: new Map(traits.map(({ name }, index) => [name, row?.with_value[index] ?? 0])),
  };
}
