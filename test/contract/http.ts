/** The promises of objects that are sent by HTTP, against a vendor server that misbehaves. */
import { expect, vi } from 'vitest';
import type { DestinationObject } from '../../src/connector-kit/connector.ts';
import { batchIdOf } from '../../src/connector-kit/deliver.ts';
import type { FaultKind } from '../../src/connector-kit/fault.ts';
import { OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { isFault } from '../../src/connector-kit/transport.ts';
import type { Behaviour } from '../vendor-server.ts';
import { expectPlace } from './places.ts';
import {
  type ContractPromise,
  contextOf,
  type ObjectSubject,
  oddRowsOf,
  operationsOf,
  quotedBy,
  rowsOf,
  secretsOf,
  tellTales,
  withSender,
} from './subject.ts';

/**
 * What a status means unless the connector's test states what else it means to its vendor: HTTP's own words (RFC 9110), by who must act.
 * Redirects are not followed: a request would go to a host that nobody has allowed.
 */
const STATUSES: Readonly<Record<number, FaultKind>> = {
  301: 'config',
  302: 'config',
  303: 'config',
  307: 'config',
  308: 'config',
  400: 'row_invalid',
  401: 'auth',
  403: 'auth',
  404: 'config',
  405: 'config',
  407: 'auth',
  408: 'transient',
  409: 'row_conflict',
  410: 'config',
  413: 'too_large',
  418: 'config',
  422: 'row_invalid',
  423: 'transient',
  425: 'transient',
  429: 'throttled',
  500: 'transient',
  501: 'vendor_contract',
  502: 'transient',
  503: 'transient',
  504: 'transient',
  505: 'vendor_contract',
  520: 'transient',
};

type HttpSubject = ObjectSubject & { readonly object: Extract<DestinationObject, { kind: 'http' }> };

export function httpPromises(of: HttpSubject): ContractPromise[] {
  const { subject, name, object } = of;
  const mode = object.modes[0];
  const [operation] = operationsOf[mode];
  const statuses: Readonly<Record<number, FaultKind>> = { ...STATUSES, ...subject.statuses };
  const attempt = (behaviour: Behaviour) =>
    withSender(of, { behaviour }, async (sender) => {
      const rows = rowsOf(of, operation, 3);
      return sender.attempt(rows, batchIdOf('run', rows));
    });
  /** The first request fails, the others are taken. */
  const place = (behaviour: Behaviour, kind: FaultKind) =>
    withSender(of, { behaviour: (count) => (count === 1 ? behaviour : undefined) }, (sender) =>
      expectPlace(sender, rowsOf(of, operation, 4), kind, object.isIdempotent),
    );

  const requestOf = (rows: Rows) => {
    const request = object.build(rows, { ...contextOf(of, mode, 'http://x.example/hook'), batchId: 'x' });
    return { method: request.method, url: request.url, body: request.body };
  };

  return [
    {
      promise: 'outcome per row',
      title: 'answers for each row, whatever a success says',
      async keep() {
        for (const status of [200, 201, 202, 204, 299]) {
          for (const body of status === 204 ? [''] : ['', '{}', '[]', 'null', 'ok', '<html></html>', '{"a":']) {
            const result = await attempt({ status, body, headers: { 'content-type': 'application/json' } });
            expect(Array.isArray(result) ? result.length : isFault(result), `HTTP ${status} ${body}`).toEqual(
              Array.isArray(result) ? 3 : true,
            );
          }
        }
      },
    },
    {
      promise: 'every value',
      title: 'sends every text of every row as it is, and tells nothing from an empty text and from a field that was left out',
      async keep() {
        const rows = oddRowsOf(of, operation, 3);
        const { body } = requestOf(rows);
        for (const row of rows) for (const text of Object.values(row.fields)) expect(body).toContain(JSON.stringify(text).slice(1, -1));
        const key = rows[0].fields[subject.keyField];
        const [field] = Object.keys(rows[0].fields).filter((one) => one !== subject.keyField);
        const forms = [{ [subject.keyField]: key }, ...[null, ''].map((value) => ({ [subject.keyField]: key, [String(field)]: value }))];
        const bodies = forms.map((form) => requestOf([new OutgoingRow(1, operation, JSON.stringify(form))]).body);
        expect(new Set(bodies).size, 'nothing, an empty text and a field left out are three things').toBe(3);
      },
    },
    {
      promise: 'removals',
      title: 'makes another request of a removal than of a write of the same key',
      async keep() {
        for (const each of object.modes) {
          const [write, remove] = operationsOf[each];
          if (remove === undefined) continue;
          const json = JSON.stringify({ [subject.keyField]: 'somebody@example.com' });
          const context = { ...contextOf(of, each, 'http://x.example/hook'), batchId: 'x' };
          const request = (one: typeof write) => object.build([new OutgoingRow(1, one, json)], context);
          expect(request(remove), each).not.toEqual(request(write));
        }
      },
    },
    {
      promise: 'addresses',
      title: 'puts neither secrets nor personal data into the address of a request, which proxies write down',
      async keep() {
        const urls = operationsOf[mode].map((each) => requestOf(rowsOf(of, each, 3)).url).join(' ');
        const secrets = secretsOf(subject, 'http://x.example/hook').map(([, secret]) => secret);
        for (const value of [...secrets.filter((secret) => URL.parse(secret) === null), ...tellTales(of)])
          for (const text of [value, encodeURIComponent(value)]) expect(urls).not.toContain(text);
      },
    },
    {
      promise: 'statuses are faults',
      title: 'states for a status of every class the fault that it is, and never takes a refusal for success',
      async keep() {
        for (const [status, kind] of Object.entries(statuses)) {
          const result = await attempt({ status: Number(status), body: 'no' });
          expect(isFault(result) ? result.kind : 'success', `HTTP ${status}`).toBe(kind);
        }
      },
    },
    {
      promise: 'faults have their places',
      title: 'a fault of every kind leads to its place: the run stops, the batch is halved, sent again, or held for a person',
      async keep() {
        const oneOfEach = new Map(Object.entries(statuses).map(([status, kind]) => [kind, Number(status)]));
        for (const [kind, status] of oneOfEach) await place({ status }, kind);
        await place('break_off', 'unknown_result');
      },
    },
    {
      promise: 'Retry-After is heeded',
      title: 'waits as long as it is told, in seconds and by date',
      async keep() {
        expect(await attempt({ status: 429, headers: { 'retry-after': '17' } })).toMatchObject({ kind: 'throttled', retryAfterMs: 17_000 });
        const date = new Date(Date.now() + 60_000).toUTCString();
        const result = await attempt({ status: 429, headers: { 'retry-after': date } });
        expect('retryAfterMs' in result ? result.retryAfterMs : 0).toBeGreaterThan(55_000);
      },
    },
    {
      promise: 'timeouts are unknown',
      title: 'calls an answer that does not come, or only half, an unknown outcome',
      async keep() {
        for (const behaviour of ['hang', 'reset', 'break_off'] as const)
          expect(await attempt(behaviour), behaviour).toMatchObject({ kind: 'unknown_result' });
      },
    },
    {
      promise: 'nothing personal in messages',
      title: 'keeps secrets and personal data out of its messages, whatever the vendor quotes',
      async keep() {
        const quoted = quotedBy(of, operation);
        for (const status of [200, 400, 401, 422, 500]) {
          for (const body of [quoted, JSON.stringify({ rejected: [{ index: 0, reason: quoted }] }), JSON.stringify({ error: quoted })]) {
            const result = JSON.stringify(await attempt({ status, body, headers: { 'content-type': 'application/json' } }));
            for (const value of tellTales(of)) expect(result).not.toContain(value);
          }
        }
      },
    },
    {
      promise: 'same rows, same bytes',
      title: 'makes the same request of the same rows, and another id of other rows',
      async keep() {
        const context = contextOf(of, mode, 'http://x.example/hook');
        const rows = rowsOf(of, operation, 3);
        const batchId = batchIdOf('run', rows);
        // A day lies between: an attempt may be repeated long after the first.
        vi.useFakeTimers({ toFake: ['Date'], now: context.startedAt });
        try {
          const first = object.build(rows, { ...context, batchId });
          vi.setSystemTime(context.startedAt.getTime() + 24 * 60 * 60 * 1_000);
          expect(object.build(rowsOf(of, operation, 3), { ...context, batchId })).toEqual(first);
        } finally {
          vi.useRealTimers();
        }
        expect(batchIdOf('run', rows)).not.toBe(batchIdOf('run', rows.slice(1) as unknown as Rows));
      },
    },
    {
      promise: 'every digit',
      title: 'sends the digits of a number as the warehouse wrote them',
      async keep() {
        const row = new OutgoingRow(1, operation, `{${JSON.stringify(subject.keyField)}:18446744073709551615,"x":123456789012345678.10}`);
        const rows: Rows = [row, new OutgoingRow(3, operation, row.json)];
        const { body } = object.build(rows, { ...contextOf({ subject, name }, mode, 'http://x.example/hook'), batchId: 'x' });
        expect(body.match(/18446744073709551615/g)).toHaveLength(2);
        expect(body.match(/123456789012345678\.10?\b/g)).toHaveLength(2);
      },
    },
  ];
}
