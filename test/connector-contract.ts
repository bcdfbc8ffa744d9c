/**
 * The promises of every connector, as one suite. A connector's own test hands in how to reach a destination of its kind; a promise that it
 * cannot keep is switched off by name, with the reason, in its test: in the open.
 */
import { describe, expect, test } from 'vitest';
import { cutBatches } from '../src/connector-kit/batch.ts';
import type { Connector, DestinationObject, Mode } from '../src/connector-kit/connector.ts';
import { batchIdOf } from '../src/connector-kit/deliver.ts';
import { nextStep } from '../src/connector-kit/fault.ts';
import { nameProblem } from '../src/connector-kit/name-limits.ts';
import { type Operation, OutgoingRow, type Rows } from '../src/connector-kit/row.ts';
import { openSender, type Sender } from '../src/connector-kit/transport-sender.ts';
import { defaultDelivery } from '../src/syncs/deps.ts';
import { type Behaviour, startVendorServer } from './vendor-server.ts';

export type Promised =
  | 'outcome per row'
  | 'statuses are faults'
  | 'timeouts are unknown'
  | 'Retry-After is heeded'
  | 'nothing personal in messages'
  | 'every digit'
  | 'same rows, same bytes';

export interface ContractSubject {
  readonly connector: Connector;
  /** Settings with secrets in place. `url` is a vendor server, for HTTP connectors. */
  config(url: string): Record<string, unknown>;
  /** A valid row for the object. */
  row(object: string, index: number): Readonly<Record<string, string | number | null>>;
  readonly keyField: string;
  readonly options?: Readonly<Record<string, Record<string, unknown>>>;
  readonly except?: Readonly<Partial<Record<Promised, string>>>;
}

const operationsOf: Readonly<Record<Mode, readonly Operation[]>> = {
  upsert: ['upsert'],
  mirror: ['upsert', 'delete'],
  audience: ['add', 'remove'],
};

export function describeContract(subject: ContractSubject): void {
  const { connector } = subject;
  const promised = (name: Promised): typeof test.skip => (subject.except?.[name] === undefined ? test : test.skip);

  describe(`the contract, kept by ${connector.slug}`, () => {
    test('a person can be erased, or the connector says why not', () => {
      expect('by' in connector.erase || connector.erase.refused.length > 20).toBe(true);
    });

    for (const [name, object] of Object.entries(connector.objects)) {
      describe(`${connector.slug}.${name}`, () => {
        test('declares limits with their source, and labels for every setting and field', () => {
          expect(object.batch.maxRows).toBeGreaterThan(0);
          expect(object.batch.maxBytes).toBeGreaterThan(0);
          for (const schema of [connector.config, object.options, object.fields]) {
            for (const [field, declared] of Object.entries(schema.shape)) {
              expect((declared as { meta(): { label?: string } | undefined }).meta()?.label, `label of ${field}`).toBeTruthy();
            }
          }
        });

        test('says which names it keeps, with the source of the limit, and refuses those that it would cut', () => {
          const { names } = object;
          if (names === undefined) return;
          expect('link' in names.source || names.source.reason.length > 10).toBe(true);
          expect(nameProblem('email', names, connector.title)).toBeUndefined();
          if (names.maxBytes !== undefined)
            expect(nameProblem('é'.repeat(names.maxBytes), names, connector.title)).toContain(`keeps ${names.maxBytes}`);
        });

        promised('outcome per row')('takes a row of which a field was withheld, among rows that have all', async () => {
          const [operation = 'upsert'] = operationsOf[object.modes[0]];
          await withSender(subject, name, object, object.modes[0], undefined, async (sender) => {
            const rows = rowsOf(subject, name, operation, 3).map((row, index) =>
              index === 1 ? new OutgoingRow(row.seq, operation, JSON.stringify({ [subject.keyField]: row.fields[subject.keyField] })) : row,
            ) as unknown as Rows;
            expect(await sender.attempt(rows, batchIdOf('run', rows))).toEqual(rows.map(() => ({ ok: true })));
          });
        });

        for (const mode of object.modes) {
          for (const operation of operationsOf[mode]) {
            promised('outcome per row')(`answers for each of n rows to ${operation} (${mode}), within its limits`, async () => {
              await withSender(subject, name, object, mode, undefined, async (sender) => {
                const rows = rowsOf(subject, name, operation, 25);
                for (const batch of cutBatches(rows, { ...object.batch, maxRows: 10 })) {
                  const outcomes = await sender.attempt(batch, batchIdOf('run', batch));
                  expect(outcomes).toEqual(batch.map(() => ({ ok: true })));
                }
              });
            });
          }
        }

        if (object.kind === 'http') describeHttp(subject, name, object, promised);
      });
    }
  });
}

function describeHttp(
  subject: ContractSubject,
  name: string,
  object: Extract<DestinationObject, { kind: 'http' }>,
  promised: (name: Promised) => typeof test.skip,
): void {
  const mode = object.modes[0];
  const operation = operationsOf[mode][0] ?? 'upsert';
  const attempt = (behaviour: Behaviour) =>
    withSender(subject, name, object, mode, behaviour, async (sender) => {
      const rows = rowsOf(subject, name, operation, 3);
      return sender.attempt(rows, batchIdOf('run', rows));
    });

  promised('statuses are faults')('states a fault for every status, and never takes a refusal for success', async () => {
    for (const status of [301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 423, 429, 500, 501, 502, 503, 504]) {
      const result = await attempt({ status, body: 'no' });
      expect(Array.isArray(result), `HTTP ${status}`).toBe(false);
    }
  });

  promised('Retry-After is heeded')('waits as long as it is told, in seconds and by date', async () => {
    expect(await attempt({ status: 429, headers: { 'retry-after': '17' } })).toMatchObject({ kind: 'throttled', retryAfterMs: 17_000 });
    const date = new Date(Date.now() + 60_000).toUTCString();
    const result = await attempt({ status: 429, headers: { 'retry-after': date } });
    expect('retryAfterMs' in result ? result.retryAfterMs : 0).toBeGreaterThan(55_000);
  });

  promised('timeouts are unknown')('calls an answer that does not come, or only half, an unknown outcome', async () => {
    for (const behaviour of ['hang', 'reset', 'break_off'] as const)
      expect(await attempt(behaviour)).toMatchObject({ kind: 'unknown_result' });
  });

  promised('nothing personal in messages')('keeps secrets and personal data out of its messages, whatever the vendor quotes', async () => {
    const rows = rowsOf(subject, name, operation, 3);
    const quoted = [...rows.map(({ json }) => json), ...Object.values(subject.config('http://x.example')).map(String)].join(' ');
    for (const status of [200, 400, 401, 422, 500]) {
      for (const body of [quoted, JSON.stringify({ rejected: [{ index: 0, reason: quoted }] }), JSON.stringify({ error: quoted })]) {
        const result = JSON.stringify(await attempt({ status, body, headers: { 'content-type': 'application/json' } }));
        for (const value of texts(subject, name)) expect(result).not.toContain(value);
      }
    }
  });

  promised('same rows, same bytes')('makes the same request of the same rows, and another id of other rows', async () => {
    const server = await startVendorServer();
    try {
      const context = contextOf(subject, name, mode, server.url);
      const rows = rowsOf(subject, name, operation, 3);
      const batchId = batchIdOf('run', rows);
      expect(object.build(rows, { ...context, batchId })).toEqual(
        object.build(rowsOf(subject, name, operation, 3), { ...context, batchId }),
      );
      expect(batchIdOf('run', rows)).not.toBe(batchIdOf('run', rows.slice(1) as unknown as Rows));
    } finally {
      await server.stop();
    }
  });

  promised('every digit')('sends the digits of a number as the warehouse wrote them', async () => {
    const server = await startVendorServer();
    try {
      const row = new OutgoingRow(1, operation, `{${JSON.stringify(subject.keyField)}:18446744073709551615,"x":123456789012345678.10}`);
      const rows: Rows = [row, new OutgoingRow(3, operation, row.json)];
      const { body } = object.build(rows, { ...contextOf(subject, name, mode, server.url), batchId: 'x' });
      expect(body.match(/18446744073709551615/g)).toHaveLength(2);
      expect(body.match(/123456789012345678\.10?\b/g)).toHaveLength(2);
    } finally {
      await server.stop();
    }
  });

  test('a fault of every kind leads somewhere', async () => {
    const fault = await attempt({ status: 500 });
    expect('kind' in fault && nextStep(fault, object.isIdempotent)).toBe('wait_and_retry');
  });
}

async function withSender<T>(
  subject: ContractSubject,
  name: string,
  object: DestinationObject,
  mode: Mode,
  behaviour: Behaviour | undefined,
  work: (sender: Sender) => Promise<T>,
): Promise<T> {
  const server = await startVendorServer();
  server.behave(() => behaviour);
  const sender = await openSender({
    connector: subject.connector,
    object,
    context: contextOf(subject, name, mode, server.url),
    secrets: Object.values(subject.config(server.url)).filter((value) => typeof value === 'string'),
    allowPrivateNetwork: true,
    clock: defaultDelivery.clock,
    transportLimits: { headersTimeoutMs: 200, bodyTimeoutMs: 200, totalTimeoutMs: 1_000 },
  });
  try {
    return await work(sender);
  } finally {
    await sender.close();
    await server.stop();
  }
}

function contextOf(subject: ContractSubject, name: string, mode: Mode, url: string) {
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

function rowsOf(subject: ContractSubject, name: string, operation: Operation, count: number): Rows {
  const isRemoval = operation === 'delete' || operation === 'remove';
  return Array.from({ length: count }, (_, index) => {
    const row = subject.row(name, index);
    return new OutgoingRow(index + 1, operation, JSON.stringify(isRemoval ? { [subject.keyField]: row[subject.keyField] } : row));
  }) as unknown as Rows;
}

/** Every text of the first rows that is long enough to tell a person by, and every secret. */
function texts(subject: ContractSubject, name: string): string[] {
  const rows = [0, 1, 2].flatMap((index) => Object.values(subject.row(name, index)));
  const secrets = Object.entries(subject.config('http://x.example')).filter(([field]) => /secret|password/.test(field));
  return [...rows, ...secrets.map(([, value]) => value)].filter((value): value is string => typeof value === 'string' && value.length >= 4);
}
