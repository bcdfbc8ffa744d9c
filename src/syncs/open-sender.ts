/** Opens the destination of a sync for one run of it. */
import { openSender, type Sender } from '../connector-kit/transport-sender.ts';
import type { SyncDeps } from './deps.ts';
import { loginTokens } from './login-tokens.ts';
import { contextOf, type PreparedDefinition } from './prepare.ts';

/** @throws OpenFailed with the fault that kept it shut. */
export function openFor(
  deps: Pick<SyncDeps, 'delivery' | 'secrets' | 'leases'>,
  prepared: PreparedDefinition,
  run: { readonly run_id: string; readonly started_at: Date },
): Promise<Sender> {
  return openSender({
    connector: prepared.connector,
    object: prepared.object,
    context: contextOf(prepared, { runId: run.run_id, startedAt: run.started_at }),
    secrets: prepared.secrets,
    clock: deps.delivery.clock,
    transportLimits: deps.delivery.transport,
    tokens: loginTokens(deps, prepared.sync.destination, prepared.config),
  });
}
