/** What the keeper needs to know about a server to run it: the interface between supervision and the two embedded servers. */
import type { Failure } from './errors.ts';

export const SERVICE_NAMES = ['clickhouse', 'postgres'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Travels between processes: plain JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Parameters of the server. Two commands share a server only when their parameters are equal. */
export type Parameters = Record<string, Json>;

/** Where and how clients reach the server: ports, users, passwords. */
export type Endpoints = Record<string, Json>;

/** One server, ready to be started, and started again with the same endpoints after a crash. */
export interface Launch {
  readonly endpoints: Endpoints;
  /** Arguments of the Node process that becomes the server. Must name the data directory: that is how an orphan is recognised as ours. */
  readonly args: readonly string[];
  /** Whether the server answers. Asked every 50 ms while it starts. */
  isHealthy(): Promise<boolean>;
  /**
   * Whether a program listens on the server's port; asked every 2 s while it runs. Must be false only when the connection is refused: a
   * server that is slow or full must not be ended.
   */
  isListening?(): Promise<boolean>;
  /** Asks the server to finish its work and end. Without it, or when it does not help, SIGTERM is used. */
  askToStop?(): Promise<void>;
  /** Finds the reason in the server's last output; undefined when it holds no known one. */
  explain(stderr: string): Failure | undefined;
}

export interface Service {
  readonly name: ServiceName;
  /**
   * Writes the server's configuration and chooses its ports: called once per keeper, and again when a port turned out to be taken. The
   * spawned process must end by itself when its stdin closes (`endWithParent` in parent.ts), so that nothing outlives a killed keeper.
   *
   * @throws CdpError of errors.ts when this machine cannot run the server.
   */
  prepare(context: { readonly dataDir: string; readonly parameters: Parameters }): Promise<Launch>;
}
