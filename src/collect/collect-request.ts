/** A request that brings messages, and who sends it. */
import type { Owner } from './admission.ts';
import type { MessageType } from './message.ts';

export interface IncomingBody {
  /** In bytes, as the client announced it; undefined when it does not know yet. */
  readonly length: number | undefined;
  /** Whether the client says that it is compressed. Some do so without saying it. */
  readonly isPacked: boolean;
  /**
   * At most once. `isWhole` is false when there was more than `maxBytes`.
   * @param onArrival is told how much has come, with each part of it and when the body begins to be slow. What it throws ends the reading.
   * @throws CdpError `collect.body_cut` when the client goes away or is too slow.
   */
  read(
    maxBytes: number,
    onArrival: (bytes: number, isSlow: boolean) => void,
  ): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }>;
}

export interface CollectRequest {
  /** From the path; `batch` for a list. */
  readonly call: MessageType | 'batch';
  /** The key that the headers or the address hold (`outerKey`); it goes before the one in the body. */
  readonly key: string | undefined;
  readonly body: IncomingBody;
  readonly requestId: string;
}

/** Whose a request is: what its valid key says. */
export interface Sender extends Owner {
  readonly source: string;
  readonly keyPrefix: string;
}
