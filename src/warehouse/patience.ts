/**
 * How long a connection may be silent. A connection can go silent for ever: a firewall forgets it, a proxy hangs, a machine disappears. No
 * packet reports this, and a query that works for an hour looks the same. So after a while the client asks over another connection whether
 * the query still runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Longest silence. Each piece of an answer that arrives starts it again. */
  readonly silentMs: number;
  /**
   * Whether the server is asked then if the query still runs; while it does, the waiting starts again. For work that may take long and is
   * limited by the server itself (`max_execution_time`). Without it the connection is given up.
   */
  readonly isAsked: boolean;
}

export type QueryClass = 'probe' | 'landing' | 'read' | 'work';

/** The classes of queries; docs/operations.md describes them for operators. */
export const PATIENCE: Readonly<Record<QueryClass, Patience>> = {
  /** `select 1`, a kill, and the question whether a query runs: a server that does not answer these at once is away. */
  probe: { silentMs: 5_000, isAsked: false },
  /** Messages that clients sent and wait for. A retry carries the same token, so giving up early risks nothing. */
  landing: { silentMs: 12_000, isAsked: false },
  /** Reads that are usually small: pages of the API, plans of segments, states of syncs. */
  read: { silentMs: 10_000, isAsked: true },
  /** Statements, streams, loads, ledgers: minutes are usual. */
  work: { silentMs: 20_000, isAsked: true },
};

/** Share of the silence limit: within it an answer arrives that was under way while the question was asked. */
const SECOND_LOOK = 0.1;
/** Number of unanswered questions. A server that answers none is gone, whatever it was working on. */
const MAX_UNANSWERED = 3;

export interface Waiting {
  readonly patience: Patience;
  /**
   * True also while the query waits for its turn. Asked over another connection than the query's. Rejects when the server does not answer.
   */
  readonly isRunning: () => Promise<boolean>;
}

/**
 * The result of `work`. `work` must end its connection when `cut` is aborted.
 * @throws Error with the code ETIMEDOUT, like the transport's own: the connection was given up.
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
