/** What the demo found, as `--json` prints it. The names are a promise to scripts: they only ever grow. */
import type { Seconds } from './stages.ts';

export interface DemoReport {
  readonly warehouse: { readonly version: string; readonly embedded: boolean };
  readonly landed: Landed;
  readonly profiles: number;
  /** People known from more than one source: web, app, till and customer file together. */
  readonly profiles_with_several_sources: number;
  /** Members after the second round. */
  readonly segments: readonly { readonly id: string; readonly members: number }[];
  readonly syncs: readonly SyncReport[];
  readonly receiver: { readonly requests: number; readonly rows: number; readonly bad_signatures: number };
  readonly seconds: Seconds;
}

export interface Landed {
  readonly households: number;
  readonly baskets: number;
  readonly transactions: number;
  /** Sum of sales_value: a decimal as text, because money is not a float. */
  readonly sales: string;
  readonly customers: number;
  /** Calls of the SDK that landed, both rounds. */
  readonly events: number;
}

/** One sync in one round: planned = accepted + rejected + unknown; `removed` are the removals among the accepted. */
export interface SyncReport {
  readonly id: string;
  readonly round: 1 | 2;
  readonly planned: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly removed: number;
}
