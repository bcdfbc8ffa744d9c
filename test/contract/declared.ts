/** What every object promises, whatever is behind it: its declaration, and an answer for each row of each batch that its limits allow. */
import { expect } from 'vitest';
import { cutBatches } from '../../src/connector-kit/batch.ts';
import { batchIdOf } from '../../src/connector-kit/deliver.ts';
import { nameProblem } from '../../src/connector-kit/name-limits.ts';
import { type Operation, OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import {
  type ContractPromise,
  type ContractSubject,
  expectSource,
  type ObjectSubject,
  operationsOf,
  rowsOf,
  secretsOf,
  withSender,
} from './subject.ts';

export const promisesOfConnector = (subject: ContractSubject): ContractPromise[] => [
  {
    promise: 'erasure',
    title: 'a person can be erased, or the connector says why not',
    async keep() {
      const { connector } = subject;
      const { erase } = connector;
      if ('refused' in erase) expect(erase.refused.length, 'the reason').toBeGreaterThan(20);
      else expect(Object.values(connector.objects).some(({ modes }) => modes.some((mode) => operationsOf[mode].length > 1))).toBe(true);
    },
  },
  {
    promise: 'addresses',
    title: 'shows and keeps no secret as a part of its address, and is at the same place with new credentials',
    async keep() {
      const { connector } = subject;
      const settings = subject.config('http://x.example/hook');
      const addressOf = (config: Record<string, unknown>) => JSON.stringify(connector.address(connector.config.parse(config)));
      // A secret that is an address itself names the place; its password does not.
      for (const [field, secret] of secretsOf(subject, 'http://x.example/hook')) {
        const url = URL.parse(secret);
        const hidden = url === null ? secret : url.password;
        if (hidden === '') continue;
        expect(addressOf(settings), field).not.toContain(hidden);
        expect(addressOf({ ...settings, [field]: secret.replace(hidden, renewed(hidden)) }), field).toBe(addressOf(settings));
      }
    },
  },
];

export function promisesOfObject(of: ObjectSubject): ContractPromise[] {
  const { subject, object } = of;
  const { connector } = subject;
  return [
    {
      promise: 'labels',
      title: 'labels every setting and field, and says which settings are secret',
      async keep() {
        for (const schema of [connector.config, object.options, object.fields]) {
          for (const [field, declared] of Object.entries(schema.shape)) expect(metaOf(declared).label, `label of ${field}`).toBeTruthy();
        }
        for (const [field, declared] of Object.entries(connector.config.shape))
          if (/secret|token|password|api_?key/.test(field)) expect(metaOf(declared).secret, `${field} is secret`).toBe(true);
      },
    },
    {
      promise: 'sources of limits',
      title: 'declares limits with their source: a link and the day it was read, or a reason',
      async keep() {
        for (const [limit, count] of Object.entries({
          maxRows: object.batch.maxRows,
          maxBytes: object.batch.maxBytes,
          concurrency: connector.limits.concurrency,
        }))
          expect(Number.isSafeInteger(count) && count > 0, `${limit} ${count} is a whole number above 0`).toBe(true);
        const { requestsPerSecond } = connector.limits;
        if (requestsPerSecond !== undefined)
          expect(Number.isFinite(requestsPerSecond) && requestsPerSecond > 0, 'requests a second').toBe(true);
        expect(Object.keys(object.options.shape), 'options that say where rows go').toEqual(
          expect.arrayContaining([...object.addressedBy]),
        );
        expectSource(object.batch.source);
        if (object.batch.removals) expectSource(object.batch.removals.source);
        if (connector.api) expectSource(connector.api.source);
      },
    },
    {
      promise: 'names',
      title: 'says which names it keeps, with the source of the limit, and refuses those that it would cut',
      async keep() {
        const { names } = object;
        if (names === undefined) return;
        expectSource(names.source);
        expect(nameProblem('email', names, connector.title)).toBeUndefined();
        if (names.maxBytes !== undefined)
          expect(nameProblem('é'.repeat(names.maxBytes), names, connector.title)).toContain(`keeps ${names.maxBytes}`);
      },
    },
    {
      promise: 'withheld fields',
      title: 'takes a row of which a field was withheld, among rows that have all',
      keep: () =>
        withSender(of, {}, async (sender) => {
          const [operation] = operationsOf[object.modes[0]];
          const rows = rowsOf(of, operation, 3).map((row, index) =>
            index === 1 ? new OutgoingRow(row.seq, operation, JSON.stringify({ [subject.keyField]: row.fields[subject.keyField] })) : row,
          ) as unknown as Rows;
          expect(await sender.attempt(rows, batchIdOf('run', rows))).toEqual(rows.map(() => ({ ok: true })));
        }),
    },
    ...object.modes.flatMap((mode) =>
      operationsOf[mode].map(
        (operation): ContractPromise => ({
          promise: 'outcome per row',
          title: `answers for each of n rows to ${operation} (${mode})`,
          keep: () =>
            withSender(of, { mode }, async (sender) => {
              for (const batch of cutBatches(rowsOf(of, operation, 25), { ...object.batch, maxRows: 10 })) {
                const outcomes = await sender.attempt(batch, batchIdOf('run', batch));
                expect(outcomes).toEqual(batch.map(() => ({ ok: true })));
              }
            }),
        }),
      ),
    ),
    {
      promise: 'edges of batches',
      title: 'takes batches that end at the edge of rows, of bytes and of a group, every row of them',
      async keep() {
        const [operation] = operationsOf[object.modes[0]];
        await keepsAll(of, rowsOf(of, operation, object.batch.maxRows + 1), [object.batch.maxRows, 1]);
        await keepsAll(of, rowsAtByteEdge(of, operation, 0), [4]);
        await keepsAll(of, rowsAtByteEdge(of, operation, 1), [3, 1]);
        for (const field of object.batch.groupBy ?? []) {
          expect(Object.keys(subject.row(of.name, 0)), 'a row has the field that groups it').toContain(field);
          await keepsAll(of, rowsOfTwoGroups(of, operation, field), [2, 2]);
        }
      },
    },
  ];
}

/** Another secret of the same form: its last letter in the other case. */
const renewed = (secret: string) =>
  secret.replace(/[a-z](?=[^a-z]*$)/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));

const metaOf = (schema: unknown) => (schema as { meta(): { label?: string; secret?: boolean } | undefined }).meta() ?? {};

/** Cuts by the object's own limits: as many rows a batch as is said, each batch taken whole, and each key in its own request. */
async function keepsAll(of: ObjectSubject, rows: Rows, sizes: readonly number[]): Promise<void> {
  const { object, subject } = of;
  await withSender(of, {}, async (sender, server) => {
    const batches = [...cutBatches(rows, object.batch)];
    expect(batches.map((batch) => batch.length)).toEqual(sizes);
    for (const batch of batches) {
      const outcomes = await sender.attempt(batch, batchIdOf('run', batch));
      expect(Array.isArray(outcomes) && outcomes.length === batch.length && outcomes.every(({ ok }) => ok), 'all are taken').toBe(true);
      const body = object.kind === 'http' ? server.requests.map((request) => request.body).join('\n') : await subject.client?.held(of.name);
      const last = batch[batch.length - 1] ?? batch[0];
      for (const row of [batch[0], last])
        expect(body?.includes(String(row.fields[subject.keyField])), `row ${row.seq} has arrived`).toBe(true);
    }
  });
}

/** Four rows whose JSON, with the commas between, is `over` bytes more than a batch may have. */
function rowsAtByteEdge(of: ObjectSubject, operation: Operation, over: number): Rows {
  const { subject, object } = of;
  const rows = [0, 1, 2, 3].map((index) => ({ ...subject.row(of.name, index) }));
  const padded = Object.keys(rows[0] ?? {}).find((field) => field !== subject.keyField && typeof rows[0]?.[field] === 'string');
  if (padded === undefined) throw new Error('a row has no text besides its key that could be made longer');
  const sizeOf = (row: object) => Buffer.byteLength(JSON.stringify(row)) + 1;
  let left = object.batch.maxBytes + over - rows.reduce((sum, row) => sum + sizeOf(row), 0);
  for (const [index, row] of rows.entries()) {
    const share = index === rows.length - 1 ? left : Math.floor(left / (rows.length - index));
    row[padded] = `${row[padded]}${'x'.repeat(share)}`;
    left -= share;
  }
  return rows.map((row, index) => new OutgoingRow(index + 1, operation, JSON.stringify(row))) as unknown as Rows;
}

function rowsOfTwoGroups({ subject, name }: ObjectSubject, operation: Operation, field: string): Rows {
  return [0, 1, 2, 3].map(
    (index) => new OutgoingRow(index + 1, operation, JSON.stringify({ ...subject.row(name, index), [field]: index < 2 ? 'one' : 'other' })),
  ) as unknown as Rows;
}
