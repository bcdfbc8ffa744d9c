/** Looks at the place where rows go, before anything is planned: whether it is there, and still the one that the ledger speaks of. */
import type { Fault } from '../connector-kit/fault.ts';
import { lookAt, OpenFailed } from '../connector-kit/transport-sender.ts';
import type { SyncDeps } from './deps.ts';
import { judgePlace, type PlaceVerdict } from './plan-target.ts';
import { contextOf, type PreparedSync } from './prepare.ts';
import { countThere } from './run-plan.ts';

export interface Inspection {
  readonly verdict: PlaceVerdict;
  /** As found now; empty where the destination cannot tell. */
  readonly identity: string;
  readonly contents: string;
  readonly isMissing: boolean;
  /** The place could not be looked at, or is not there and nobody makes it. */
  readonly fault: Fault | undefined;
}

const unseen: Inspection = { verdict: { kind: 'keep', warning: '' }, identity: '', contents: '', isMissing: false, fault: undefined };

/** Changes nothing, here or there. */
export async function inspectPlace(deps: SyncDeps, prepared: PreparedSync): Promise<Inspection> {
  const context = contextOf(prepared, { runId: crypto.randomUUID(), startedAt: deps.delivery.clock.now() });
  try {
    const look = await lookAt({ object: prepared.object, context, secrets: prepared.secrets });
    if (look === undefined) return unseen;
    if (look.state === 'missing' && !look.isMade) {
      // What was sent stays on record: the place may come back as it was, from a backup.
      return { ...unseen, fault: { kind: 'config', message: `${look.what} does not exist; create it, or set create_table: true` } };
    }
    const { identity, contents } = look.state === 'there' ? look : unseen;
    const { onRecord } = prepared;
    const isKnown = (now: string, before: string) => now === before || now === '';
    const isAsKnown =
      look.state === 'there' && !look.isEmpty && isKnown(identity, onRecord.identity) && isKnown(contents, onRecord.contents);
    // Counting reads the whole ledger of the sync: only where the answer can matter.
    const { there } = isAsKnown ? { there: 0 } : await countThere(deps, prepared, { sync_id: prepared.sync.id, target: prepared.target });
    const isMissing = look.state === 'missing';
    return { verdict: judgePlace(look, onRecord, there), identity, contents, isMissing, fault: undefined };
  } catch (error) {
    if (error instanceof OpenFailed) return { ...unseen, fault: error.fault };
    throw error;
  }
}
