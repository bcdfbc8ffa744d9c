/**
 * The promises of objects behind a client library, against a double that fails: the object's own reading of errors, with a session that throws
 * what the library throws.
 */
import { expect } from 'vitest';
import type { DestinationObject, WriteSession } from '../../src/connector-kit/connector.ts';
import { batchIdOf } from '../../src/connector-kit/deliver.ts';
import { leavesDoubt, wasNotSent } from '../../src/connector-kit/fault.ts';
import { accepted } from '../../src/connector-kit/outcome.ts';
import { OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { isFault } from '../../src/connector-kit/transport.ts';
import { OpenFailed } from '../../src/connector-kit/transport-sender.ts';
import { expectPlace } from './places.ts';
import {
  type ClientFailure,
  type ContractPromise,
  type ObjectSubject,
  oddRowsOf,
  operationsOf,
  quotedBy,
  rowsOf,
  type Situation,
  tellTales,
  withSender,
} from './subject.ts';

type ClientObject = Extract<DestinationObject, { kind: 'client' }>;

export function clientPromises(of: ObjectSubject & { readonly object: ClientObject }): ContractPromise[] {
  const { subject, name, object } = of;
  const { client } = subject;
  if (client === undefined)
    throw new Error(`${subject.connector.slug}.${name} is behind a client: its test says how that fails, and what is held`);
  const [operation] = operationsOf[object.modes[0]];
  const failures = Object.entries(client.failures).flatMap(([situation, failure]) =>
    failure === null ? [] : [{ situation: situation as Situation, failure }],
  );
  const attempt = (failure: ClientFailure, quoted: string) =>
    withSender(of, { object: failing(object, failure, quoted) }, async (sender) => {
      const rows = rowsOf(of, operation, 3);
      return sender.attempt(rows, batchIdOf('run', rows));
    });

  return [
    {
      promise: 'statuses are faults',
      title: 'states for every error of its library the fault that it is, when it opens and when it writes',
      async keep() {
        for (const { situation, failure } of failures) {
          const result = await attempt(failure, '');
          expect(isFault(result) ? result.kind : 'success', situation).toBe(failure.means);
          const opening = { ...object, open: () => Promise.reject(failure.error('')) };
          const refusal = await withSender(of, { object: opening }, async () => undefined).catch((error: unknown) => error);
          expect(refusal instanceof OpenFailed ? refusal.fault.kind : refusal, `${situation}, when it opens`).toBe(failure.means);
        }
      },
    },
    {
      promise: 'faults have their places',
      title: 'a fault of every kind leads to its place: the run stops, the batch is halved, sent again, or held for a person',
      async keep() {
        for (const { failure } of failures)
          await withSender(of, { object: failing(object, failure, '', 1) }, (sender) =>
            expectPlace(sender, rowsOf(of, operation, 4), failure.means, object.isIdempotent),
          );
      },
    },
    {
      promise: 'timeouts are unknown',
      title: 'says of rows whose answer was lost that they may have been applied, and of those that were turned away that they were not',
      async keep() {
        for (const { situation, failure } of failures) {
          const fault = object.faultOf(failure.error(''));
          if (situation === 'broken off') expect(leavesDoubt(fault), situation).toBe(true);
          if (situation === 'unreachable' || situation === 'turned away') expect(wasNotSent(fault), situation).toBe(true);
        }
      },
    },
    {
      promise: 'nothing personal in messages',
      title: 'keeps secrets and personal data out of its messages, whatever the library quotes',
      async keep() {
        for (const { situation, failure } of failures) {
          const result = JSON.stringify(await attempt(failure, quotedBy(of, operation)));
          for (const value of tellTales(of)) expect(result, situation).not.toContain(value);
        }
      },
    },
    {
      promise: 'same rows, same bytes',
      title: 'holds after the same rows were written twice what it held after they were written once, where it says so',
      async keep() {
        if (!object.isIdempotent) return;
        await withSender(of, {}, async (sender) => {
          const rows = rowsOf(of, operation, 3);
          const write = async () => {
            expect(await sender.attempt(rows, batchIdOf('run', rows))).toEqual(rows.map(() => ({ ok: true })));
            return client.held(name);
          };
          expect(await write()).toEqual(await write());
        });
      },
    },
    {
      promise: 'every value',
      title: 'keeps every text of every row as it is',
      keep: () =>
        withSender(of, {}, async (sender) => {
          const rows = oddRowsOf(of, operation, 3);
          expect(await sender.attempt(rows, batchIdOf('run', rows))).toEqual(rows.map(() => ({ ok: true })));
          const held = await client.held(name);
          for (const row of rows) for (const text of Object.values(row.fields)) expect(held).toContain(text);
        }),
    },
    {
      promise: 'removals',
      title: 'holds something else once rows were removed',
      async keep() {
        for (const mode of object.modes) {
          const [write, remove] = operationsOf[mode];
          if (remove === undefined) continue;
          await withSender(of, { mode }, async (sender) => {
            const sent = async (each: typeof write) => {
              const rows = rowsOf(of, each, 3).map(
                (row) => new OutgoingRow(row.seq + (each === remove ? 100 : 0), each, row.json),
              ) as unknown as Rows;
              await sender.attempt(rows, batchIdOf('run', rows));
              return client.held(name);
            };
            expect(await sent(write), mode).not.toEqual(await sent(remove));
          });
        }
      },
    },
    {
      promise: 'unknown errors',
      title: 'says of an error that it has never heard of that the outcome is unknown or the run ends, and never blames a row',
      async keep() {
        const bare: unknown[] = [
          new Error('unheard of'),
          new TypeError('x is not a function'),
          Object.assign(new Error('odd'), { code: 7 }),
          'text',
          undefined,
          null,
          {},
        ];
        for (const error of bare) expect(object.faultOf(error).kind, String(error)).not.toMatch(/^(row_|not_found|too_large)/);
      },
    },
    {
      promise: 'every digit',
      title: 'keeps the digits of a number as the warehouse wrote them',
      async keep() {
        const field = Object.keys(subject.row(name, 0)).find((one) => one !== subject.keyField);
        const json = `{${JSON.stringify(subject.keyField)}:"digits@example.com",${JSON.stringify(field)}:123456789012345678.10}`;
        await withSender(of, {}, async (sender) => {
          const rows: Rows = [new OutgoingRow(9_001, operation, json)];
          expect(await sender.attempt(rows, batchIdOf('run', rows))).toEqual([{ ok: true }]);
          expect(await client.held(name)).toMatch(/123456789012345678\.10?\b/);
        });
      },
    },
  ];
}

/** Fails each time, or the first `times`; takes everything after that. */
function failing(object: ClientObject, failure: ClientFailure, quoted: string, times = Number.POSITIVE_INFINITY): ClientObject {
  let left = times;
  const session: WriteSession = {
    async write(rows) {
      left -= 1;
      if (left >= 0) throw failure.error(quoted);
      return rows.map(() => accepted);
    },
    close: async () => undefined,
  };
  return { ...object, open: async () => session };
}
