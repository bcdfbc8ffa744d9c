/** The syncs of a segment, as questions about the segment need them: who would be sent where, and what an edit would send and remove. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { CdpError } from '../errors.ts';
import type { Compiled } from '../segments/compile.ts';
import type { DependentSyncs, DestinationRows, SyncEffect } from '../segments/dependents.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { placeOf } from './address.ts';
import { CONSENT, compileDenied, compilePreview, jsonSettings } from './compile-diff.ts';
import { hashOfKey } from './compile-key.ts';
import { compileThere } from './compile-ledger.ts';
import { countThere } from './count-there.ts';
import type { SyncDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { openDestination } from './destination.ts';
import { readDestination, readSyncs } from './documents.ts';
import { guardRemovals } from './plan-guard.ts';
import { assertFits, mappingOf, prepareDefinition } from './prepare.ts';
import { type EntityRows, entityRows, type Source } from './source.ts';
import { readTarget } from './target.ts';

export function dependentSyncs(open: () => Promise<SyncDeps>): DependentSyncs {
  return {
    async rowsOf(segment, entity, isWanted) {
      const deps = await open();
      const work = (sync: SyncDefinition, rows: EntityRows, index: number) =>
        destinationRows(deps, sync, { entity, rows, prefix: `d${index}_`, isWanted });
      return each({ deps, segment, entity, failed: {} }, work);
    },
    async effectsOf(segment, entity, members, signal) {
      const deps = await open();
      const work = (sync: SyncDefinition, rows: EntityRows) => effectOf(deps, sync, withMembers(rows, members), { members, signal });
      return each({ deps, segment, entity, failed: { counts: null } }, work);
    },
  };
}

/** What cannot be told of one sync is said beside it, and leaves the others. */
async function each<T extends object>(
  { deps, segment, entity, failed }: { readonly deps: SyncDeps; readonly segment: string; readonly entity: Entity; readonly failed: T },
  work: (sync: SyncDefinition, rows: EntityRows, index: number) => Promise<T>,
) {
  const { usable } = await readSyncs(deps);
  const syncs = [...usable.values()].filter(({ source }) => 'segment' in source && source.segment === segment);
  const sorted = syncs.sort((a, b) => (a.id < b.id ? -1 : 1));
  if (sorted.length === 0) return [];
  const rows = await entityRows(deps, entity);
  const done: (T & Pick<SyncEffect, 'sync_id' | 'destination_id' | 'problem'>)[] = [];
  for (const [index, sync] of sorted.entries()) {
    const named = { sync_id: sync.id, destination_id: sync.destination };
    try {
      done.push({ ...named, problem: null, ...(await work(sync, rows, index)) });
    } catch (error) {
      if (!(error instanceof CdpError) || error.fault === 'transient') throw error;
      done.push({ ...named, problem: error.message, ...failed });
    }
  }
  return done;
}

async function destinationRows(
  deps: SyncDeps,
  sync: SyncDefinition,
  {
    entity,
    rows,
    prefix,
    isWanted,
  }: { readonly entity: Entity; readonly rows: EntityRows; readonly prefix: string; readonly isWanted: (key: string) => string },
): Promise<Pick<DestinationRows, 'sql' | 'params' | 'knowsSent'>> {
  const definition = await readDestination(deps, sync.destination);
  const { object, options } = assertFits(deps, sync, definition);
  const mapping = mappingOf(sync, object, rows.columns);
  const target = await targetOf(deps, sync, definition, { object, options });
  const columns = [...new Set([entity.key, ...mapping.columns])];
  const params = target === undefined ? {} : { [`${prefix}sync_id`]: sync.id, [`${prefix}target`]: target };
  const there = compileThere({ mapping }, { syncId: `{${prefix}sync_id:String}`, target: `{${prefix}target:String}` });
  const sql = `select
    s.${quoteIdentifier(entity.key)} as member,
    ${mapping.consent.length === 0 ? 'true' : `s.${quoteIdentifier(CONSENT)}`} as is_consented,
    ${mapping.sql.hasKey} as is_identifiable,
    ${target === undefined ? 'false' : `${hashOfKey(mapping, mapping.sql.key)} in (${there})`} as is_sent
from (${rows.sql(columns, mapping.consent, isWanted)}) as s`;
  return { sql, params, knowsSent: target !== undefined };
}

/** Undefined where a secret that says where the destination is, is not set here. */
async function targetOf(
  deps: SyncDeps,
  sync: SyncDefinition,
  definition: Awaited<ReturnType<typeof readDestination>>,
  { object, options }: ReturnType<typeof assertFits>,
): Promise<string | undefined> {
  try {
    const { connector, config } = await openDestination(deps, definition);
    const { target } = await readTarget(deps, sync.id, placeOf(sync, definition, connector, object, { config, options }));
    return target;
  } catch (error) {
    if (error instanceof CdpError && error.code === 'syncs.secret_missing') return undefined;
    throw error;
  }
}

/** The source that a sync would read if the segment had these members. */
const withMembers = (rows: EntityRows, members: Compiled): Source => ({
  columns: rows.columns,
  label: '',
  leavesOut: false,
  relation: (names, consent) => ({
    sql: rows.sql(names, consent, (key) => `${key} in (${members.sql})`),
    // The members' own parameters are handed to the query beside these.
    params: {},
    hasConsent: consent.length > 0,
  }),
});

const count = z.coerce.number();
const changeRow = z.object({
  change: z.enum(['add', 'change', 'remove', 'invalid', 'held', 'same']),
  keys: count,
  source_rows: count,
});

async function effectOf(
  deps: SyncDeps,
  sync: SyncDefinition,
  source: Source,
  { members, signal }: { readonly members: Compiled; readonly signal: AbortSignal | undefined },
): Promise<Pick<SyncEffect, 'counts'>> {
  const { diff, place } = await prepareDefinition(deps, sync, async () => source);
  const { target } = await readTarget(deps, sync.id, place);
  const sent = { sync_id: sync.id, target };
  const options = { settings: { ...members.settings, ...jsonSettings }, ...(signal ? { signal } : {}) };
  const asked = { ...members.params, ...sent };
  const changes = defineQuery({ name: 'syncs.effect', sql: compilePreview(diff), params: z.looseObject({}), row: changeRow });
  const rows = await deps.warehouse.reader.ask(changes, asked, options);
  const keys = (change: z.output<typeof changeRow>['change']) => rows.find((row) => row.change === change)?.keys ?? 0;
  const removes = keys('remove');
  const guard = guardRemovals(
    {
      removes,
      there: removes === 0 ? 0 : (await countThere(deps, { diff }, sent)).there,
      sourceIsEmpty: rows.every((row) => row.source_rows === 0),
    },
    sync.guard,
  );
  const denied = defineQuery({
    name: 'syncs.denied',
    sql: compileDenied(diff),
    params: z.looseObject({}),
    row: z.object({ denied: count }),
  });
  const [counted] = diff.source.hasConsent ? await deps.warehouse.reader.ask(denied, asked, options) : [];
  return {
    counts: {
      adds: keys('add'),
      changes: keys('change'),
      removes,
      held_by_consent: counted?.denied ?? 0,
      invalid: rows.find(({ change }) => change === 'invalid')?.source_rows ?? 0,
      guard: { verdict: guard.verdict, message: 'message' in guard ? guard.message : '' },
    },
  };
}
