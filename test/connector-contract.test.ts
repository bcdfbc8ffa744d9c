/** A suite that cannot fail promises nothing: each promise is broken here once, by a toy connector with one defect. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  type Connector,
  defineClientObject,
  defineConnector,
  defineHttpObject,
  type WriteSession,
} from '../src/connector-kit/connector.ts';
import type { Fault } from '../src/connector-kit/fault.ts';
import { faultOfStatus } from '../src/connector-kit/http-fault.ts';
import { accepted } from '../src/connector-kit/outcome.ts';
import { privateNetwork } from '../src/connector-kit/private-network.ts';
import { jsonArray } from '../src/connector-kit/row.ts';
import { contractPromises } from './connector-contract.ts';
import type { ContractSubject, Promised } from './contract/subject.ts';

/** Which promises are not kept, each once. @param only of these; all are tried by default. */
async function broken(subject: ContractSubject, only?: Promised): Promise<Promised[]> {
  const found = new Set<Promised>();
  for (const { promise, keep } of contractPromises(subject)) {
    if (only === undefined || promise === only) await keep().catch(() => found.add(promise));
  }
  return [...found];
}

const config = z.strictObject({
  url: z.string().meta({ label: 'Address' }),
  token: z.string().meta({ label: 'Token', secret: true }),
  ...privateNetwork,
});
const fields = z.object({ email: z.string().meta({ label: 'E-mail' }) }).catchall(z.json());
const declared = {
  title: 'Contact',
  modes: ['upsert', 'mirror'],
  fields,
  options: z.strictObject({}),
  addressedBy: [],
  batch: {
    maxRows: 40,
    maxBytes: 20_000,
    mixesOperations: false,
    groupBy: ['list'],
    source: { link: 'https://example.com/limits', checkedOn: '2026-11-30' },
  },
  names: { maxBytes: 63, compares: 'exactly', source: { reason: 'columns of a table' } },
  isIdempotent: true,
} as const;
const common = {
  slug: 'toy',
  title: 'Toy',
  config,
  hosts: () => ['127.0.0.1'],
  address: () => ({ shown: {} }),
  auth: { kind: 'bearer', token: (config: { token: string }) => config.token },
  limits: { concurrency: 1 },
  erase: { by: 'delete_operation' },
  claims: [],
} as const;
const row = (_: string, index: number) => ({ email: `person${index}@example.com`, first_name: `Firstname${index}`, list: 'all' });

describe('of a connector over HTTP', () => {
  const object = defineHttpObject(config, {
    ...declared,
    build: (rows, context) => ({
      method: 'POST',
      url: `${context.config.url}?${rows[0].operation}`,
      headers: { 'content-type': 'application/json' },
      body: jsonArray(rows),
    }),
    parse: (_reply, rows) => rows.map(() => accepted),
  });
  type ToyObject = Extract<Connector['objects'][string], { kind: 'http' }>;
  const toy = defineConnector({ ...common, objects: { contact: object } });
  const subjectOf = (over: Partial<Connector>, ofObject: Partial<ToyObject> = {}): ContractSubject => ({
    connector: { ...toy, ...over, objects: { contact: { ...(toy.objects.contact as ToyObject), ...ofObject } } },
    config: (url) => ({ url, token: 'hush-hush-hush', allow_private_network: true }),
    row,
    keyField: 'email',
  });
  const build = (toy.objects.contact as ToyObject).build;
  const rewritten = (rewrite: (body: string) => string): Partial<ToyObject> => ({
    build(rows, context) {
      const request = build(rows, context);
      return { ...request, body: rewrite(request.body) };
    },
  });
  const classified = (classify: (fault: Fault, body: string) => Fault): Partial<Connector> => ({
    classify: (reply, now) => classify(faultOfStatus(reply, now), reply.body),
  });

  test('that keeps all promises passes all of them', async () => {
    expect(await broken(subjectOf({}))).toEqual([]);
  });

  const batch = declared.batch;
  const defects: [Promised, string, ContractSubject][] = [
    ['erasure', 'a refusal without a reason', subjectOf({ erase: { refused: 'no' } })],
    ['labels', 'a setting without a label', subjectOf({}, { options: z.strictObject({ list: z.string().optional() }) })],
    ['sources of limits', 'a reason that is none', subjectOf({}, { batch: { ...batch, source: { reason: 'test' } } })],
    [
      'sources of limits',
      'a link without a day',
      subjectOf({}, { batch: { ...batch, source: { link: 'https://example.com', checkedOn: 'recently' } } }),
    ],
    ['sources of limits', 'no link', subjectOf({}, { batch: { ...batch, source: { link: 'the docs', checkedOn: '2026-11-30' } } })],
    ['names', 'a limit without a source', subjectOf({}, { names: { ...declared.names, source: { reason: '' } } })],
    [
      'withheld fields',
      'a field taken for granted',
      subjectOf({}, { parse: (_reply, rows) => rows.filter(({ fields: all }) => all.first_name !== undefined).map(() => accepted) }),
    ],
    ['outcome per row', 'an outcome too few', subjectOf({}, { parse: (_reply, rows) => rows.slice(1).map(() => accepted) })],
    [
      'edges of batches',
      'rows dropped at the end of a full batch',
      subjectOf({}, { build: (rows, context) => build(rows.slice(0, 30) as never, context) }),
    ],
    [
      'edges of batches',
      'bytes cut off below the limit',
      subjectOf(
        {},
        rewritten((body) => body.slice(0, 10_000)),
      ),
    ],
    ['edges of batches', 'a group by a field that no row has', subjectOf({}, { batch: { ...batch, groupBy: ['lst'] } })],
    [
      'statuses are faults',
      'a login that is refused taken for a bad row',
      subjectOf(classified((fault) => (fault.kind === 'auth' ? { ...fault, kind: 'row_invalid' } : fault))),
    ],
    [
      'statuses are faults',
      'a redirect taken for a bad row',
      subjectOf(classified((fault) => (fault.message.includes('redirect') ? { ...fault, kind: 'row_invalid' } : fault))),
    ],
    [
      'faults have their places',
      'a batch that is too large taken for a wrong setting',
      subjectOf(classified((fault) => (fault.kind === 'too_large' ? { ...fault, kind: 'config' } : fault))),
    ],
    [
      'faults have their places',
      'being throttled taken for a bad row',
      subjectOf(classified((fault) => (fault.kind === 'throttled' ? { ...fault, kind: 'row_invalid' } : fault))),
    ],
    [
      'timeouts are unknown',
      'a request that goes to where nobody answers',
      subjectOf({}, { build: (rows, context) => ({ ...build(rows, context), url: 'http://127.0.0.1:1/' }) }),
    ],
    ['Retry-After is heeded', 'the wait left out', subjectOf(classified(({ kind, message }) => ({ kind, message })))],
    ['nothing personal in messages', 'the answer as the message', subjectOf(classified((fault, body) => ({ ...fault, message: body })))],
    [
      'every digit',
      'rows printed by JavaScript',
      subjectOf(
        {},
        rewritten((body) => JSON.stringify(JSON.parse(body))),
      ),
    ],
    [
      'same rows, same bytes',
      'chance in the request',
      subjectOf(
        {},
        rewritten((body) => `${body.slice(0, -1)} ${' '.repeat(Math.ceil(1_000 * Math.random()))}]`),
      ),
    ],
    [
      'same rows, same bytes',
      'the second of the attempt in a header',
      subjectOf(
        {},
        {
          build(rows, context) {
            const request = build(rows, context);
            return { ...request, headers: { ...request.headers, at: String(Math.floor(Date.now() / 1_000)) } };
          },
        },
      ),
    ],
    ['labels', 'a token that is not called secret', subjectOf({ config: config.extend({ token: z.string().meta({ label: 'Token' }) }) })],
    ['sources of limits', 'no request a second', subjectOf({ limits: { concurrency: 1, requestsPerSecond: 0 } })],
    ['sources of limits', 'a place that is named by an option that is none', subjectOf({}, { addressedBy: ['list'] })],
    [
      'addresses',
      'a token as a part of the place',
      subjectOf({ address: ({ token }) => ({ shown: {}, hidden: { token: String(token) } }) }),
    ],
    [
      'addresses',
      'a token in the address of the request',
      subjectOf(
        {},
        {
          build: (rows, context) => ({
            ...build(rows, context),
            url: `${context.config.url}?${rows[0].operation}&${context.config.token}`,
          }),
        },
      ),
    ],
    [
      'outcome per row',
      'no outcome for what is accepted for later',
      subjectOf({}, { parse: ({ status }, rows) => (status === 202 ? [] : rows.map(() => accepted)) }),
    ],
    [
      'removals',
      'one request for writes and removals',
      subjectOf({}, { build: (rows, context) => ({ ...build(rows, context), url: String(context.config.url) }) }),
    ],
    [
      'every value',
      'a field that is never sent',
      subjectOf(
        {},
        rewritten((body) => body.replaceAll(/,"first_name":"[^"]*"/g, '')),
      ),
    ],
    [
      'every value',
      'spaces cut off',
      subjectOf(
        {},
        rewritten((body) => body.replaceAll(/ +"/g, '"')),
      ),
    ],
    [
      'every value',
      'letters of one script only',
      subjectOf(
        {},
        rewritten((body) => body.replaceAll(/[^ -~]/g, '?')),
      ),
    ],
    [
      'every value',
      'nothing sent as an empty text',
      subjectOf(
        {},
        rewritten((body) => body.replaceAll('null', '""')),
      ),
    ],
  ];
  test.each(defects)('“%s” is found broken by %s', async (promise, _defect, subject) => {
    expect(await broken(subject, promise)).toEqual([promise]);
  });
});

describe('of a connector behind a client', () => {
  interface Defects {
    readonly faultOf?: (error: unknown) => Fault;
    readonly write?: WriteSession['write'];
    readonly isKeptByDigits?: boolean;
    readonly isAppending?: boolean;
    readonly isTrimming?: boolean;
  }
  const kindOf: Readonly<Record<string, Fault>> = {
    ECONNREFUSED: { kind: 'transient', message: 'no connection', isUnsent: true },
    LOGIN: { kind: 'auth', message: 'the login was refused' },
    ECONNRESET: { kind: 'unknown_result', message: 'the connection ended before the answer' },
    INVALID: { kind: 'row_invalid', message: 'a value does not fit' },
  };
  const codeOf = (error: unknown) => String((error as { code?: unknown } | null | undefined)?.code);
  const faultOf = (error: unknown): Fault => kindOf[codeOf(error)] ?? { kind: 'config', message: 'unheard of' };
  const errorOf = (code: string) => (quoted: string) => Object.assign(new Error(quoted), { code });

  function subjectOf({ isKeptByDigits = true, isAppending = false, isTrimming = false, ...defects }: Defects = {}): ContractSubject {
    const held = new Map<string, string>();
    const kept = (json: string) => {
      const text = isTrimming ? json.replaceAll(/ +"/g, '"') : json;
      return isKeptByDigits ? text : JSON.stringify(JSON.parse(text));
    };
    const object = defineClientObject(config, {
      ...declared,
      open: async () => ({
        async write(rows) {
          for (const each of rows) {
            const key = `${each.fields.email}${isAppending ? held.size : ''}`;
            if (each.operation === 'delete') held.delete(key);
            else held.set(key, kept(each.json));
          }
          return rows.map(() => accepted);
        },
        close: async () => undefined,
      }),
      faultOf: defects.faultOf ?? faultOf,
    });
    const written = defects.write && {
      open: async () => ({ write: defects.write as WriteSession['write'], close: async () => undefined }),
    };
    return {
      connector: defineConnector({ ...common, objects: { contact: { ...object, ...written } } }),
      config: (url) => ({ url, token: 'hush-hush-hush', allow_private_network: true }),
      row,
      keyField: 'email',
      client: {
        failures: {
          unreachable: { error: errorOf('ECONNREFUSED'), means: 'transient' },
          'turned away': { error: errorOf('LOGIN'), means: 'auth' },
          'broken off': { error: errorOf('ECONNRESET'), means: 'unknown_result' },
          'row refused': { error: errorOf('INVALID'), means: 'row_invalid' },
        },
        held: async () => [...held.entries()].map(([key, json]) => `${key} ${json}`).join('\n'),
      },
    };
  }
  const reading = (code: string, fault: Fault) => subjectOf({ faultOf: (error) => (codeOf(error) === code ? fault : faultOf(error)) });

  test('that keeps all promises passes all of them', async () => {
    expect(await broken(subjectOf())).toEqual([]);
  });

  const defects: [Promised, string, ContractSubject][] = [
    ['outcome per row', 'an outcome too few', subjectOf({ write: async (rows) => rows.slice(1).map(() => accepted) })],
    ['edges of batches', 'rows that are taken and not kept', subjectOf({ write: async (rows) => rows.map(() => accepted) })],
    ['statuses are faults', 'a login that is refused taken for an outage', reading('LOGIN', { kind: 'transient', message: 'later' })],
    ['faults have their places', 'a bad row taken for a wrong setting', reading('INVALID', { kind: 'config', message: 'wrong' })],
    ['timeouts are unknown', 'a lost answer taken for a refusal', reading('ECONNRESET', { kind: 'config', message: 'gone' })],
    ['timeouts are unknown', 'no connection taken for a lost answer', reading('ECONNREFUSED', { kind: 'transient', message: 'gone' })],
    [
      'nothing personal in messages',
      "the library's message as ours",
      subjectOf({ faultOf: (error) => ({ ...faultOf(error), message: (error as Error).message }) }),
    ],
    ['same rows, same bytes', 'rows that are added a second time', subjectOf({ isAppending: true })],
    ['every digit', 'rows printed by JavaScript', subjectOf({ isKeptByDigits: false })],
    ['every value', 'spaces cut off', subjectOf({ isTrimming: true })],
    ['removals', 'removals taken for writes', subjectOf({ write: async (rows) => rows.map(() => accepted) })],
    [
      'unknown errors',
      'an error that is not known taken for a bad row',
      subjectOf({ faultOf: (error) => kindOf[codeOf(error)] ?? { kind: 'row_invalid', message: 'refused' } }),
    ],
    [
      'unknown errors',
      'an error without a code, which is not read',
      subjectOf({ faultOf: (error) => faultOf({ code: (error as { code: string }).code.toUpperCase() }) }),
    ],
  ];
  test.each(defects)('“%s” is found broken by %s', async (promise, _defect, subject) => {
    expect(await broken(subject, promise)).toEqual([promise]);
  });

  test('an object whose test does not say how its client fails is refused', () => {
    const { client: _, ...silent } = subjectOf();
    expect(() => contractPromises(silent)).toThrow('its test says how that fails');
  });
});
