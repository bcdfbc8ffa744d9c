/** What became of one row. A connector answers with one of these for each row it was handed, in the same order. */
import type { Fault } from './fault.ts';

export type Outcome =
  | { readonly ok: true; readonly remoteId?: string }
  | {
      readonly ok: false;
      readonly fault: Fault;
      /** Set by the kit: this attempt or an earlier one may have been applied all the same. */
      readonly isInDoubt?: boolean;
    };

/** Shared by all plainly accepted rows: a full batch of them costs no allocation, and the ledger recognises it by identity. */
export const accepted: Outcome = Object.freeze({ ok: true });

export const refused = (fault: Fault): Outcome => ({ ok: false, fault });
