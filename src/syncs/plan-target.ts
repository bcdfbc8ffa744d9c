/** Compares the place as it is now with the record, and decides what of the sent rows still counts. Pure. */
import type { PlaceState } from '../connector-kit/connector.ts';

/** The record of a place. Empty texts: nothing is known. */
export interface KnownPlace {
  readonly identity: string;
  readonly contents: string;
}

export type PlaceVerdict =
  /** The sent rows count as there. `warning`: something is odd that cannot be decided here. */
  | { readonly kind: 'keep'; readonly warning: string }
  /** Nothing of ours is there: every row is an add, nothing is removed. */
  | { readonly kind: 'start_anew'; readonly reason: 'missing' | 'recreated' | 'truncated'; readonly message: string }
  /** Some of our rows may be there: every row is sent again, and every removal. */
  | { readonly kind: 'send_again'; readonly message: string };

const keep: PlaceVerdict = { kind: 'keep', warning: '' };

/** @param there rows that we believe to be there, for certain or perhaps; keys that are gone do not count. */
export function judgePlace(look: PlaceState | undefined, known: KnownPlace, there: number): PlaceVerdict {
  if (look === undefined || there === 0) return keep;
  const { what } = look;
  const rows = `${there} ${there === 1 ? 'row' : 'rows'}`;
  if (look.state === 'missing') {
    return {
      kind: 'start_anew',
      reason: 'missing',
      message: `${capital(what)} is not there any more: nothing of the ${rows} that were sent counts as sent, and everything is sent anew.`,
    };
  }
  if (differs(look.identity, known.identity)) {
    if (look.isEmpty) {
      return {
        kind: 'start_anew',
        reason: 'recreated',
        message: `${capital(what)} was made anew and is empty: nothing of the ${rows} that were sent counts as sent, and everything is sent anew.`,
      };
    }
    return {
      kind: 'send_again',
      message: `${capital(what)} is another one than that which ${rows} were sent to, and it is not empty: everything is sent again, removals included.`,
    };
  }
  if (lacksOf(look.contents, known.contents)) {
    if (look.isEmpty) {
      return {
        kind: 'start_anew',
        reason: 'truncated',
        message: `${capital(what)} was emptied: nothing of the ${rows} that were sent counts as sent, and everything is sent anew.`,
      };
    }
    // A truncate with later writes by others cannot be distinguished from a rewrite that kept every row.
    return {
      kind: 'send_again',
      message: `${capital(what)} was emptied and written to since, or was rewritten as a whole (vacuum full, a new type of a column): all of the ${rows} are sent again, removals included.`,
    };
  }
  if (!look.isEmpty && look.missingFields !== undefined && look.missingFields.length > 0) {
    return {
      kind: 'send_again',
      message: `${capital(what)} has lost what it had of ${look.missingFields.join(', ')}: all of the ${rows} are sent again, removals included.`,
    };
  }
  // A place that cannot tell its contents apart may be empty because a receiver collects the files, as from a folder.
  if (!look.isEmpty || look.contents === '') return keep;
  return {
    kind: 'keep',
    warning: `${capital(what)} is empty, although ${rows} were sent there. If this is not intended, \`sluice sync resync\` sends everything again.`,
  };
}

/** When one of the two is unknown, nothing counts as different. */
const differs = (now: string, before: string) => now !== '' && before !== '' && now !== before;

/** Whether an earlier part has gone or was replaced. A new part took nothing away. */
function lacksOf(now: string, before: string): boolean {
  const parts = new Set(now.split(','));
  return now !== '' && before !== '' && before.split(',').some((part) => !parts.has(part));
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
