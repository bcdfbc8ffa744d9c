/**
 * How long a connection may say nothing. A connection can go silent without an end: a firewall forgets it, a proxy hangs, a machine
 * disappears. No packet says so, and a query that works for an hour looks the same. So whoever waits asks over another connection.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** How long nothing may be heard. What arrives in pieces starts it anew with each piece. */
  readonly silentMs: number;
  /**
   * Whether the server is asked then if the query still runs, and the waiting starts anew while it does: for work that may take long, whose
   * limit is the server's own (`max_execution_time`). Without it the connection is given up.
   */
  readonly isAsked: boolean;
}

export type QueryClass = 'probe' | 'landing' | 'read' | 'work';

/** The classes of queries. docs/operations.md says the same to operators. */
export const PATIENCE: Readonly<Record<QueryClass, Patience>> = {
  /** `select 1`, a kill, and the question whether a query runs: answered at once, or the server is away. */
  probe: { silentMs: 5_000, isAsked: false },
  /** What clients sent. Its retry carries the same token, so that nothing is risked by giving up, and clients are waiting. */
  landing: { silentMs: 12_000, isAsked: false },
  /** Reads that are small as a rule: pages of the API, plans of segments, states of syncs. */
  read: { silentMs: 10_000, isAsked: true },
  /** Statements, streams, loads, ledgers: minutes are nothing unusual. */
  work: { silentMs: 20_000, isAsked: true },
};

/** Of the patience: within so much of it an answer arrives that was under way while the question was asked. */
const SECOND_LOOK = 0.1;
/** Of the question itself. A server that answers nobody is gone, whatever it was working on. */
const MAX_UNANSWERED = 3;

export interface Waiting {
  readonly patience: Patience;
  /** Or waits for its turn. Asked over a connection that is none of the query's. Rejects when the server does not answer. */
  readonly isRunning: () => Promise<boolean>;
}

/**
 * The result of `work`, which ends its connection when `cut` is aborted.
 * @throws Error with the code ETIMEDOUT, as the transport's own: the connection was given up.
 */
export function withPatience<T>({ patience, isRunning }: Waiting, work: (cut: AbortSignal) => Promise<T>): Promise<T> {
  const cut = new AbortController();
  return new Promise((resolve, reject) => {
    let isOver = false;
    let unanswered = 0;
    let timer = setTimeout(look, patience.silentMs);
    work(cut.signal)
      .then(resolve, reject)
      .finally(() => {
        isOver = true;
        clearTimeout(timer);
      });

    function look(): void {
      mayWait().then(
        (may) => {
          if (isOver) return;
          if (may) timer = setTimeout(look, patience.silentMs);
          else giveUp();
        },
        () => giveUp(),
      );
    }

    async function mayWait(): Promise<boolean> {
      if (!patience.isAsked) return false;
      try {
        if (!(await isRunning())) {
          await sleep(patience.silentMs * SECOND_LOOK);
          if (!isOver && !(await isRunning())) return false;
        }
        unanswered = 0;
      } catch {
        unanswered += 1;
      }
      return unanswered < MAX_UNANSWERED;
    }

    function giveUp(): void {
      reject(Object.assign(new Error('nothing was heard over the connection'), { code: 'ETIMEDOUT' }));
      cut.abort();
    }
  });
}
