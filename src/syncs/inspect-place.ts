/** Checks the place where rows go before anything is planned: whether it exists, and whether it is still the one in the ledger. */

import * as z from 'zod';
import type { Fault } from '../connector-kit/fault.ts';
import { lookAt, OpenFailed } from '../connector-kit/transport-sender.ts';
import { defineQuery } from '../warehouse/query.ts';
import { countThere } from './count-there.ts';
import type { SyncDeps } from './deps.ts';
import { judgePlace, type PlaceVerdict } from './plan-target.ts';
import { contextOf, type PreparedSync } from './prepare.ts';

export interface PlaceInspection {
  readonly verdict: PlaceVerdict;
  /** As found now; empty when the destination cannot tell. */
  readonly identity: string;
  readonly contents: string;
  readonly isMissing: boolean;
  /** Set when the place could not be checked, or does not exist and nothing will make it. */
  readonly fault: Fault | undefined;
}

const unseen: PlaceInspection = { verdict: { kind: 'keep', warning: '' }, identity: '', contents: '', isMissing: false, fault: undefined };

/** Changes nothing, here or at the destination. */
export async function inspectPlace(deps: SyncDeps, prepared: PreparedSync): Promise<PlaceInspection> {
  const context = contextOf(prepared, { runId: crypto.randomUUID(), startedAt: deps.delivery.clock.now() });
  try {
    const seen = await lookAt({ object: prepared.object, context, secrets: prepared.secrets });
    if (seen === undefined) return unseen;
    const look = seen.state === 'there' ? { ...seen, missingFields: await everSent(deps, prepared, seen.missingFields ?? []) } : seen;
    if (look.state === 'missing' && !look.isMade) {
      // The ledger keeps what was sent: a backup may bring the place back as it was.
      return { ...unseen, fault: { kind: 'config', message: `${look.what} does not exist; create it, or set create_table: true` } };
    }
    const { identity, contents } = look.state === 'there' ? look : unseen;
    const { onRecord } = prepared;
    const isKnown = (now: string, before: string) => now === before || now === '';
    const isAsKnown =
      look.state === 'there' &&
      !look.isEmpty &&
      look.missingFields.length === 0 &&
      isKnown(identity, onRecord.identity) &&
      isKnown(contents, onRecord.contents);
    // Counting reads the whole ledger of the sync, so it is done only when the answer can matter.
    const { there } = isAsKnown ? { there: 0 } : await countThere(deps, prepared, { sync_id: prepared.sync.id, target: prepared.target });
    const isMissing = look.state === 'missing';
    return { verdict: judgePlace(look, onRecord, there), identity, contents, isMissing, fault: undefined };
  } catch (error) {
    if (error instanceof OpenFailed) return { ...unseen, fault: error.fault };
    throw error;
  }
}

const fieldSent = defineQuery({
  name: 'syncs.field_sent',
  sql: `
    select count() > 0 as was_sent
    from
    (
        select 1
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
          and effect = 'there'
          and position(payload, {name:String}) > 0
        limit 1
    )
  `,
  params: z.object({ sync_id: z.string(), target: z.string(), name: z.string() }),
  row: z.object({ was_sent: z.coerce.boolean() }),
});

/**
 * Those of `missing` that were sent before. Fields that the sync maps for the first time are missing there too, and are sent with every row
 * anyway.
 */
async function everSent(deps: SyncDeps, { sync, target }: PreparedSync, fields: readonly string[]): Promise<string[]> {
  const sent: string[] = [];
  for (const field of fields) {
    const [found] = await deps.warehouse.owner.ask(fieldSent, { sync_id: sync.id, target, name: `${JSON.stringify(field)}:` });
    if (found?.was_sent) sent.push(field);
  }
  return sent;
}
