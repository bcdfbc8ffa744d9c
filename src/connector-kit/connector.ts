/** The contract of a connector: one declaration per vendor, and pure functions. The kit does all I/O, waiting and retrying. */

import type * as z from 'zod';
import type { Authentication } from './authentication.ts';
import type { NumberSource } from './documented.ts';
import type { Fault } from './fault.ts';
import type { Comparison, ValueKind } from './field-kind.ts';
import type { HttpReply, HttpRequest } from './http-message.ts';
import type { NameLimits } from './name-limits.ts';
import type { Outcome } from './outcome.ts';
import type { OutgoingRow, Rows } from './row.ts';

export type { HttpReply, HttpRequest } from './http-message.ts';

/** How a sync keeps a destination equal to its source; see docs of `mode` in the sync document. */
export type Mode = 'upsert' | 'mirror' | 'audience';

/** A field that the sync maps; `kind` is what the warehouse delivers. */
export interface MappedField {
  readonly name: string;
  readonly kind: ValueKind;
  /** ClickHouse's type of the delivered value: `UInt64` and `Int8` are both of kind integer. */
  readonly type?: string;
  /** For a key field: how the sync compares keys. */
  readonly compares?: Comparison;
}

/** Everything a pure function may depend on besides the rows. Equal contexts and rows make equal bytes. */
export interface BatchContext<Config, Options> {
  readonly config: Config;
  readonly options: Options;
  readonly syncId: string;
  readonly mode: Mode;
  readonly runId: string;
  /** Start of the run; a retry has the same value. */
  readonly startedAt: Date;
  /** The idempotency key of these rows: equal on every retry, also after a crash. Letters, digits, `-` and `_`. */
  readonly batchId: string;
  readonly keyFields: readonly MappedField[];
  /** Mapped fields besides the key, in the order of the sync document. */
  readonly valueFields: readonly MappedField[];
  /** What the `parse` before asked to go on with; undefined for the first request of the batch. */
  readonly step?: string;
}

/**
 * The batch needs one more request: the ids that a removal needs were looked up, or the destination works on a job that is asked for again.
 * `build` is called with the same rows and this step.
 */
export interface NextRequest {
  /** What the connector needs to go on, as a text of its own making, at most 64 KiB. It is kept in the warehouse: no secrets, no personal data. */
  readonly step: string;
  /** Wait before the request, in milliseconds. */
  readonly afterMs?: number;
  /**
   * The destination has taken the rows: only this step is repeated from here on, also after a crash, and a request that fails says nothing
   * about the rows any more.
   */
  readonly isSubmitted?: boolean;
}

export interface BatchLimits {
  readonly maxRows: number;
  /** Bytes of the rows' JSON text with the commas between them. */
  readonly maxBytes: number;
  /** Fields whose values must be equal within a request, e.g. a list id. */
  readonly groupBy?: readonly string[];
  /** Whether one request may carry rows to write and rows to remove. */
  readonly mixesOperations: boolean;
  readonly source: NumberSource | { readonly reason: string };
  /** Where removals have another limit. */
  readonly removals?: { readonly maxRows: number; readonly source: NumberSource | { readonly reason: string } };
}

/**
 * The place where rows go, in named parts. Equal parts are the same place; other parts are a place that holds nothing of ours yet. Never
 * include passwords, tokens or the user who logs in: new credentials do not make a new place.
 */
export interface Address {
  /** Also shown to people: `{ host: 'db.example.com', database: 'crm' }`. In lower case where the destination ignores case. */
  readonly shown: Readonly<Record<string, string>>;
  /** Compared, and kept only as part of a hash: for instance a path that may hold a token. */
  readonly hidden?: Readonly<Record<string, string>>;
}

/** The result of checking the place. */
export type PlaceState =
  /** `what`: for people, `the table public.people`. `isMade`: the next run makes it; otherwise there is nowhere to send to. */
  | { readonly state: 'missing'; readonly what: string; readonly isMade: boolean }
  | {
      readonly state: 'there';
      readonly what: string;
      /** A changed text means that the thing under the name was dropped and made again. Empty: it cannot be told. */
      readonly identity: string;
      /**
       * Names of the parts that hold the rows, separated by commas; usually one. A changed name means that all rows of that part were
       * replaced at once, as `truncate` does. Empty: it cannot be told.
       */
      readonly contents: string;
      readonly isEmpty: boolean;
      /** Mapped fields that do not exist there. The next run makes them, empty in every row. */
      readonly missingFields?: readonly string[];
    };

interface ObjectDeclaration<Options extends z.ZodObject> {
  readonly title: string;
  readonly modes: readonly [Mode, ...Mode[]];
  /** Named fields with `.meta({ label, pii })`; `.catchall(z.json())` takes fields of any other name too. */
  readonly fields: z.ZodObject;
  /** Settings of a sync into this object, as `options:` of the sync document. */
  readonly options: Options;
  /** Names of the options that say where rows go (a table, a list): another value is another place, which holds nothing of ours yet. */
  readonly addressedBy: readonly string[];
  readonly batch: BatchLimits;
  /** Which field names the destination keeps unchanged. Left out: any name. */
  readonly names?: NameLimits;
  /** The destination cannot hold a NUL character in a text: a field with one is left out, a row whose key has one is not sent. */
  readonly refusesNul?: boolean;
  /** Whether sending the same rows twice has the same result as sending them once. Decides what is done with an unknown outcome. */
  readonly isIdempotent: boolean;
}

export interface HttpObject<Config extends z.ZodObject, Options extends z.ZodObject = z.ZodObject> extends ObjectDeclaration<Options> {
  readonly kind: 'http';
  build(rows: Rows, context: BatchContext<z.output<Config>, z.output<Options>>): HttpRequest;
  /** Called for 2xx only. As many outcomes as rows, in order; or what to ask next. */
  parse(reply: HttpReply, rows: Rows, context: BatchContext<z.output<Config>, z.output<Options>>): Outcome[] | NextRequest;
  /** How long a submitted batch may stay without a result, in milliseconds. Default: 30 minutes. After that its outcome is unknown. */
  readonly longestJobMs?: number;
}

export interface WriteSession {
  /** As many outcomes as rows, in order; a thrown error is passed to the object's `faultOf`. */
  write(rows: Rows, batchId: string): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** A destination that is reached through a client library: a database, a folder, a queue. */
export interface ClientObject<Config extends z.ZodObject, Options extends z.ZodObject = z.ZodObject> extends ObjectDeclaration<Options> {
  readonly kind: 'client';
  /** Throws errors that `faultOf` understands. */
  open(context: Omit<BatchContext<z.output<Config>, z.output<Options>>, 'batchId'>): Promise<WriteSession>;
  faultOf(error: unknown): Fault;
  /**
   * Checks, without changing anything, whether the place exists and is still the same. Left out where this cannot be checked. Throws like
   * `open`.
   */
  look?(context: Omit<BatchContext<z.output<Config>, z.output<Options>>, 'batchId'>): Promise<PlaceState>;
}

/** How a destination deletes a person, or why it cannot. */
export type ErasureSupport = { readonly by: 'delete_operation' } | { readonly refused: string };

export interface Connector<Config extends z.ZodObject = z.ZodObject> {
  readonly slug: string;
  readonly title: string;
  /** Secret settings carry `.meta({ secret: true })`: never logged, never returned. */
  readonly config: Config;
  /** Egress allow-list: the transport refuses every other host. */
  hosts(config: z.output<Config>): readonly string[];
  /** Where rows of any object go. An object's `addressedBy` adds to it, for instance the table or the list. */
  address(config: z.output<Config>): Address;
  readonly limits: {
    /** Requests at the same time; rows with the same key are never in two of them. */
    readonly concurrency: number;
    readonly requestsPerSecond?: number;
  };
  readonly auth: Authentication<z.output<Config>>;
  /** The version of the vendor's interface that this was written against. */
  readonly api?: { readonly version: string; readonly source: NumberSource };
  /** A call that changes nothing, to find out whether the settings are right. Left out where there is none. */
  readonly check?: {
    request(config: z.output<Config>): HttpRequest;
    /** Called for 2xx only. `account`: whose the settings are, for people. */
    read(reply: HttpReply, config: z.output<Config>): { readonly account: string } | Fault;
  };
  /** What an HTTP status other than 2xx means; `faultOfStatus` of http-fault.ts is the table to start from. */
  classify?(reply: HttpReply, now: Date): Fault;
  readonly objects: Readonly<Record<string, HttpObject<Config> | ClientObject<Config>>>;
  readonly erase: ErasureSupport;
  /** How the connector has been tested; docs print these words. */
  readonly claims: readonly ('contract-tested' | 'SDK-equivalent' | 'real-server-tested' | 'verified live by a user')[];
}

/** Checks the objects' `config` against the connector's own schema, then drops the type: the engine treats all connectors alike. */
export function defineConnector<Config extends z.ZodObject>(connector: Connector<Config>): Connector {
  return connector;
}

export function defineHttpObject<Config extends z.ZodObject, Options extends z.ZodObject>(
  _config: Config,
  object: Omit<HttpObject<Config, Options>, 'kind'>,
): HttpObject<Config> {
  return { kind: 'http', ...object };
}

export function defineClientObject<Config extends z.ZodObject, Options extends z.ZodObject>(
  _config: Config,
  object: Omit<ClientObject<Config, Options>, 'kind'>,
): ClientObject<Config> {
  return { kind: 'client', ...object };
}

export type DestinationObject = HttpObject<z.ZodObject> | ClientObject<z.ZodObject>;

/** The value that `groupBy` compares. */
export const groupOf = (row: OutgoingRow, fields: readonly string[]): string =>
  JSON.stringify(fields.map((field) => row.fields[field] ?? null));
