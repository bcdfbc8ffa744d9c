/** What questions about a segment need to know of the syncs that send it. The room of syncs comes after this one, and hands it in. */
import type { Entity } from '../catalogue/catalogue.ts';
import type { Compiled } from './compile.ts';

/** A sync as columns of the segment's entities. */
export interface DestinationRows {
  readonly sync_id: string;
  readonly destination_id: string;
  /** Why its numbers cannot be told, for people; then `sql` is undefined. */
  readonly problem: string | null;
  /**
   * A select with one row for each entity: `member` (its key), `is_consented`, `is_identifiable` (it has the key fields of the sync), `is_sent`
   * (what was sent of it is there). The parameters of each sync have names of their own.
   */
  readonly sql?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** False where it cannot be told what was sent, such as without the secret that says where the destination is. */
  readonly knowsSent?: boolean;
}

/** What the next run of a sync would do if the segment had other members. */
export interface SyncEffect {
  readonly sync_id: string;
  readonly destination_id: string;
  readonly problem: string | null;
  /** Null where there is a problem. */
  readonly counts: {
    readonly adds: number;
    readonly changes: number;
    readonly removes: number;
    readonly held_by_consent: number;
    readonly invalid: number;
    readonly guard: { readonly verdict: 'send' | 'withhold' | 'refuse'; readonly message: string };
  } | null;
}

export interface DependentSyncs {
  /** Each sync of the segment, in the order of their ids. `isWanted`: SQL over a key, of the entities that are asked about. */
  rowsOf(segment: string, entity: Entity, isWanted: (key: string) => string): Promise<readonly DestinationRows[]>;
  /** @param members one column, the keys that the segment would have. */
  effectsOf(segment: string, entity: Entity, members: Compiled, signal: AbortSignal | undefined): Promise<readonly SyncEffect[]>;
}
