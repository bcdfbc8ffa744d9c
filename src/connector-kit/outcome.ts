/** What happened to one row. A connector answers with one of these for each row it got, in the same order. */
import type { Fault } from './fault.ts';

export type Outcome =
  | { readonly ok: true; readonly remoteId?: string }
  | {
      readonly ok: false;
      readonly fault: Fault;
      /** Set by the kit: this attempt or an earlier one may have been applied in spite of the outcome. */
      readonly isInDoubt?: boolean;
    };

/** Shared by all rows that were simply accepted: a full batch of them allocates nothing, and the ledger recognises this object. */
export const accepted: Outcome = Object.freeze({ ok: true });

export const refused = (fault: Fault): Outcome => ({ ok: false, fault });
