/** A request with messages, and its sender. */
import type { Owner } from './admission.ts';
import type { MessageType } from './message.ts';

export interface IncomingBody {
  /** In bytes, as the client announced it; undefined when the client announced none. */
  readonly length: number | undefined;
  /** Whether the client says that the body is compressed. Some clients compress without saying so. */
  readonly isPacked: boolean;
  /**
   * May be called once. `isWhole` is false when there was more than `maxBytes`.
   * @param onArrival gets the number of bytes so far, with each part of the body and when the body becomes slow. An error that it throws
   * ends the reading.
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
  /** The key in the headers or the address (`outerKey`); it takes precedence over the one in the body. */
  readonly key: string | undefined;
  readonly body: IncomingBody;
  readonly requestId: string;
}

/** The owner of a valid key. */
export interface Sender extends Owner {
  readonly source: string;
  readonly keyPrefix: string;
}
