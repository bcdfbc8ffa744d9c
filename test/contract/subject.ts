/** What a connector's own test hands to the contract suite, and what every promise is made with. */
import { expect } from 'vitest';
import type { BatchLimits, Connector, DestinationObject, Mode } from '../../src/connector-kit/connector.ts';
import type { Attempt } from '../../src/connector-kit/deliver.ts';
import type { FaultKind } from '../../src/connector-kit/fault.ts';
import { type Operation, OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { openSender, type Sender } from '../../src/connector-kit/transport-sender.ts';
import { defaultDelivery } from '../../src/syncs/deps.ts';
import { type Behaviour, type ReceivedRequest, startVendorServer, type VendorServer } from '../vendor-server.ts';

export type Promised =
  | 'erasure'
  | 'labels'
  | 'sources of limits'
  | 'names'
  | 'withheld fields'
  | 'outcome per row'
  | 'edges of batches'
  | 'statuses are faults'
  | 'faults have their places'
  | 'timeouts are unknown'
  | 'Retry-After is heeded'
  | 'nothing personal in messages'
  | 'every digit'
  | 'every value'
  | 'removals'
  | 'unknown errors'
  | 'addresses'
  | 'same rows, same bytes';

/** What can befall a client before a destination has answered. Each connector says how its own library tells it. */
export type Situation = 'unreachable' | 'turned away' | 'broken off' | 'row refused';

export interface ClientFailure {
  /** As the library throws it. @param quoted what the destination quotes in its message: rows and secrets. */
  error(quoted: string): unknown;
  readonly means: FaultKind;
}

export interface ContractSubject {
  readonly connector: Connector;
  /** Settings with secrets in place. `url` is a vendor server, for HTTP connectors. */
  config(url: string): Record<string, unknown>;
  /** A valid row for the object. */
  row(object: string, index: number): Readonly<Record<string, string | number | null>>;
  readonly keyField: string;
  readonly options?: Readonly<Record<string, Record<string, unknown>>>;
  /** What the vendor answers when it is well, where an empty 200 is no answer of its. */
  answers?(request: ReceivedRequest): Behaviour;
  /** Statuses that mean something else to this vendor than what the suite takes them for (http.ts), with what they mean. */
  readonly statuses?: Readonly<Record<number, FaultKind>>;
  /** Of objects behind a client library. */
  readonly client?: {
    /** A situation that the library cannot be in is null. */
    readonly failures: Readonly<Record<Situation, ClientFailure | null>>;
    /** All that the destination holds now, as text, in any fixed order. */
    held(object: string): Promise<string>;
  };
  /** Promises that it cannot keep, each with the reason. */
  readonly except?: Readonly<Partial<Record<Promised, string>>>;
}

/** One promise: `keep` rejects when it is broken. */
export interface ContractPromise {
  readonly promise: Promised;
  readonly title: string;
  keep(): Promise<void>;
}

/** One object of a connector, as the promises look at it. */
export interface ObjectSubject {
  readonly subject: ContractSubject;
  readonly name: string;
  readonly object: DestinationObject;
}

export const operationsOf: Readonly<Record<Mode, readonly [Operation, ...Operation[]]>> = {
  upsert: ['upsert'],
  mirror: ['upsert', 'delete'],
  audience: ['add', 'remove'],
};

/** A link to a page with the day on which it was read, or a reason in words. */
export function expectSource(source: BatchLimits['source']): void {
  if ('reason' in source) {
    expect(source.reason.trim().split(/\s+/).length, `the reason “${source.reason}”`).toBeGreaterThanOrEqual(3);
    return;
  }
  expect(URL.parse(source.link)?.protocol, `the link ${source.link}`).toBe('https:');
  expect(source.checkedOn, 'the day of the look').toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(Number.isNaN(Date.parse(source.checkedOn)), `the day ${source.checkedOn}`).toBe(false);
}

export async function withServer<T>(work: (server: VendorServer) => Promise<T>): Promise<T> {
  const server = await startVendorServer();
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

export interface SenderOptions {
  readonly mode?: Mode;
  /** Of each request, or of the first so many. */
  readonly behaviour?: Behaviour | ((count: number) => Behaviour | undefined);
  /** In place of the connector's own object. */
  readonly object?: DestinationObject;
}

export async function withSender<T>(
  { subject, name, object }: ObjectSubject,
  { mode = object.modes[0], behaviour, object: other = object }: SenderOptions,
  work: (sender: Sender, server: VendorServer) => Promise<T>,
): Promise<T> {
  return withServer(async (server) => {
    server.behave((request, count) => (typeof behaviour === 'function' ? behaviour(count) : behaviour) ?? subject.answers?.(request));
    const sender = await openSender({
      connector: subject.connector,
      object: other,
      context: contextOf({ subject, name }, mode, server.url),
      secrets: Object.values(subject.config(server.url)).filter((value) => typeof value === 'string'),
      clock: defaultDelivery.clock,
      transportLimits: { headersTimeoutMs: 500, bodyTimeoutMs: 200, totalTimeoutMs: 5_000 },
    });
    try {
      return await work({ ...sender, attempt: followed(sender.attempt) }, server);
    } finally {
      await sender.close();
    }
  });
}

/** Makes all requests that a batch takes, one after the other and without waiting. */
const followed =
  (attempt: Attempt): Attempt =>
  async (rows, batchId, from) => {
    let result = await attempt(rows, batchId, from);
    for (let requests = 1; 'step' in result && requests < 50; requests += 1) result = await attempt(rows, batchId, result.step);
    return result;
  };

export function contextOf({ subject, name }: Pick<ObjectSubject, 'subject' | 'name'>, mode: Mode, url: string) {
  const valueFields = Object.keys(subject.row(name, 0)).filter((field) => field !== subject.keyField);
  return {
    config: subject.connector.config.parse(subject.config(url)),
    options: subject.connector.objects[name]?.options.parse(subject.options?.[name] ?? {}) ?? {},
    syncId: 'contract',
    mode,
    runId: '0198c0de-0000-7000-8000-000000000000',
    startedAt: new Date('2026-11-25T03:00:00Z'),
    keyFields: [{ name: subject.keyField, kind: 'text' as const }],
    valueFields: valueFields.map((field) => ({ name: field, kind: 'text' as const })),
  };
}

export function rowsOf({ subject, name }: Pick<ObjectSubject, 'subject' | 'name'>, operation: Operation, count: number): Rows {
  const isRemoval = operation === 'delete' || operation === 'remove';
  return Array.from({ length: count }, (_, index) => {
    const row = subject.row(name, index);
    return new OutgoingRow(index + 1, operation, JSON.stringify(isRemoval ? { [subject.keyField]: row[subject.keyField] } : row));
  }) as unknown as Rows;
}

/** Every text of the first rows that is long enough to tell a person by, and every secret. */
export function tellTales({ subject, name }: ObjectSubject): string[] {
  const rows = [0, 1, 2].flatMap((index) => Object.values(subject.row(name, index)));
  const secrets = secretsOf(subject, 'http://x.example');
  return [...rows, ...secrets.map(([, value]) => value)].filter((value): value is string => typeof value === 'string' && value.length >= 4);
}

/** Settings that are secret, by name. */
export function secretsOf({ connector, config }: ContractSubject, url: string): [string, string][] {
  const { shape } = connector.config;
  const isSecret = (field: string) => (shape[field] as { meta(): { secret?: boolean } | undefined } | undefined)?.meta()?.secret === true;
  return Object.entries(config(url)).flatMap(([field, value]) => (isSecret(field) && typeof value === 'string' ? [[field, value]] : []));
}

/** A text that is easily damaged: letters of other scripts, a character beyond 16 bits, spaces at the end. */
export const oddText = (index: number) => `Zoë 李 😀 ${index}  `;

/** Rows whose texts, save the key, are odd ones. */
export function oddRowsOf({ subject, name }: Pick<ObjectSubject, 'subject' | 'name'>, operation: Operation, count: number): Rows {
  return Array.from({ length: count }, (_, index) => {
    const row = Object.entries(subject.row(name, index)).map(([field, value], place) => [
      field,
      field !== subject.keyField && typeof value === 'string' ? oddText(10 * index + place) : value,
    ]);
    return new OutgoingRow(index + 1, operation, JSON.stringify(Object.fromEntries(row)));
  }) as unknown as Rows;
}

/** What a destination may quote at its worst: whole rows, and all that the destination document says. */
export const quotedBy = (of: ObjectSubject, operation: Operation): string =>
  [...rowsOf(of, operation, 3).map(({ json }) => json), ...tellTales(of)].join(' ');
