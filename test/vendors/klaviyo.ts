/**
 * Klaviyo as its published interface of 2026-07-15 describes it, strict and with a memory: imports are jobs that take a while, profiles have
 * ids, lists have members. Written from the documentation, not from a recording.
 */
import * as z from 'zod';
import type { Behaviour, ReceivedRequest } from '../vendor-server.ts';

export const API_KEY = 'pk_0123456789abcdef';
export const ACCOUNT = 'SLUICE';
const REVISION = '2026-07-15';
const MEDIA = 'application/vnd.api+json';

export interface KlaviyoProfile {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Klaviyo {
  answer(request: ReceivedRequest): Behaviour;
  readonly profiles: ReadonlyMap<string, KlaviyoProfile>;
  /** Ids of the members, by list. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
  /** Refuses these profiles of an import when its job is done. */
  refuse(isRefused: (attributes: Readonly<Record<string, unknown>>) => boolean): void;
  /** How many times a job is asked about before it is done. */
  jobsTake(polls: number): void;
}

const text = z.string().nullable().optional();
const Attributes = z.strictObject({
  email: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/)
    .nullable()
    .optional(),
  phone_number: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .nullable()
    .optional(),
  external_id: text,
  first_name: text,
  last_name: text,
  organization: text,
  locale: text,
  title: text,
  image: text,
  location: z
    .strictObject({ address1: text, address2: text, city: text, country: text, region: text, zip: text, timezone: text })
    .optional(),
  properties: z.record(z.string(), z.json()).optional(),
});
const Import = z.strictObject({
  data: z.strictObject({
    type: z.literal('profile-bulk-import-job'),
    attributes: z.strictObject({
      profiles: z.strictObject({
        data: z
          .array(z.strictObject({ type: z.literal('profile'), attributes: Attributes }))
          .min(1)
          .max(10_000),
      }),
    }),
    relationships: z
      .strictObject({ lists: z.strictObject({ data: z.array(z.strictObject({ type: z.literal('list'), id: z.string() })).max(1) }) })
      .optional(),
  }),
});
const Members = z.strictObject({
  data: z
    .array(z.strictObject({ type: z.literal('profile'), id: z.string() }))
    .min(1)
    .max(1_000),
});

interface Job {
  readonly total: number;
  readonly errors: object[];
  polls: number;
}

export function createKlaviyo(lists: readonly string[] = ['LIST1']): Klaviyo {
  const profiles = new Map<string, KlaviyoProfile>();
  const members = new Map(lists.map((list) => [list, new Set<string>()]));
  const jobs = new Map<string, Job>();
  let isRefused: (attributes: Readonly<Record<string, unknown>>) => boolean = () => false;
  let polls = 1;

  function upsert(attributes: Readonly<Record<string, unknown>>): string {
    const email = typeof attributes.email === 'string' ? attributes.email.toLowerCase() : attributes.email;
    const given = { ...attributes, ...(email === undefined ? {} : { email }) };
    const found = [...profiles.values()].find(({ attributes: known }) =>
      ['email', 'phone_number', 'external_id'].some((name) => known[name] && known[name] === (given as Record<string, unknown>)[name]),
    );
    const id = found?.id ?? `01P${String(profiles.size + 1).padStart(5, '0')}`;
    const location = { ...(found?.attributes.location as object), ...(attributes.location as object) };
    const properties = { ...(found?.attributes.properties as object), ...(attributes.properties as object) };
    profiles.set(id, { id, attributes: { ...found?.attributes, ...given, location, properties } });
    return id;
  }

  function importProfiles(body: string): Behaviour {
    if (Buffer.byteLength(body) > 5_000_000) return failure(413, 'payload_too_large', 'Payload too large');
    const read = Import.safeParse(parsed(body));
    if (!read.success) return invalid(read.error);
    const list = read.data.data.relationships?.lists.data[0]?.id;
    if (list !== undefined && !members.has(list)) return failure(404, 'not_found', 'Not found');
    const errors: object[] = [];
    read.data.data.attributes.profiles.data.forEach(({ attributes }, place) => {
      const hasIdentifier = [attributes.email, attributes.phone_number, attributes.external_id].some(Boolean);
      if (!hasIdentifier || isRefused(attributes)) {
        const pointer = `/data/attributes/profiles/data/${place}/attributes/${hasIdentifier ? 'phone_number' : 'email'}`;
        const detail = `Invalid: ${String(attributes.email)}`;
        errors.push({
          type: 'import-error',
          id: `e${place}`,
          attributes: { code: 'invalid', title: 'Invalid input.', detail, source: { pointer }, original_payload: { attributes } },
        });
        return;
      }
      const id = upsert(attributes);
      if (list !== undefined) members.get(list)?.add(id);
    });
    const id = `job${jobs.size + 1}`;
    jobs.set(id, { total: read.data.data.attributes.profiles.data.length, errors, polls });
    return json(202, { data: jobOf(id, 'queued', jobs.get(id) as Job) });
  }

  function pollJob(id: string): Behaviour {
    const job = jobs.get(id);
    if (!job) return failure(404, 'not_found', 'Not found');
    job.polls -= 1;
    return json(200, { data: jobOf(id, job.polls < 0 ? 'complete' : 'processing', job) });
  }

  function importErrors(id: string, url: URL): Behaviour {
    const job = jobs.get(id);
    if (!job) return failure(404, 'not_found', 'Not found');
    const size = Number(url.searchParams.get('page[size]') ?? 20);
    if (!(size >= 1 && size <= 100)) return failure(400, 'invalid', 'Invalid input.');
    const from = Number(url.searchParams.get('page[cursor]') ?? 0);
    const next = from + size < job.errors.length ? `${url.origin}${url.pathname}?page%5Bcursor%5D=${from + size}` : null;
    return json(200, { data: job.errors.slice(from, from + size), links: { self: url.href, next } });
  }

  function findProfiles(url: URL): Behaviour {
    const [, name = '', list = ''] = /^any\((email|phone_number|external_id),(\[.*\])\)$/s.exec(url.searchParams.get('filter') ?? '') ?? [];
    const values = z.array(z.string()).max(100).safeParse(parsed(list));
    if (!values.success) return failure(400, 'invalid', 'Invalid filter.');
    const wanted = new Set(values.data.map((value) => (name === 'email' ? value.toLowerCase() : value)));
    const found = [...profiles.values()].filter(({ attributes }) => wanted.has(String(attributes[name])));
    const size = Number(url.searchParams.get('page[size]') ?? 20);
    const data = found.slice(0, size).map(({ id, attributes }) => ({ type: 'profile', id, attributes: { [name]: attributes[name] } }));
    return json(200, { data, links: { next: null } });
  }

  function removeMembers(list: string, body: string): Behaviour {
    const read = Members.safeParse(parsed(body));
    if (!read.success) return invalid(read.error);
    const known = members.get(list);
    if (!known) return failure(404, 'not_found', 'Not found');
    for (const { id } of read.data.data) known.delete(id);
    return { status: 204 };
  }

  return {
    profiles,
    lists: members,
    refuse: (next) => {
      isRefused = next;
    },
    jobsTake: (next) => {
      polls = next;
    },
    answer({ method, path, headers, body }) {
      if (headers.authorization !== `Klaviyo-API-Key ${API_KEY}`)
        return failure(401, 'not_authenticated', 'Authentication credentials were not provided.');
      if (headers.revision !== REVISION) return failure(400, 'invalid', 'The revision header is missing or unknown.');
      if (method !== 'GET' && headers['content-type'] !== MEDIA) return failure(415, 'unsupported_media_type', 'Unsupported media type.');
      const url = new URL(path.replace(/^\/hook/, ''), 'http://localhost');
      const [, id = ''] = /^\/api\/(?:profile-bulk-import-jobs|lists)\/([^/]+)/.exec(url.pathname) ?? [];
      const route = `${method} ${id === '' ? url.pathname : url.pathname.replace(id, ':id')}`;
      switch (route) {
        case 'GET /api/accounts':
          return json(200, {
            data: [{ type: 'account', id: ACCOUNT, attributes: { contact_information: { organization_name: 'Sluice' } } }],
          });
        case 'POST /api/profile-bulk-import-jobs':
          return importProfiles(body);
        case 'GET /api/profile-bulk-import-jobs/:id':
          return pollJob(id);
        case 'GET /api/profile-bulk-import-jobs/:id/import-errors':
          return importErrors(id, url);
        case 'GET /api/profiles':
          return findProfiles(url);
        case 'DELETE /api/lists/:id/relationships/profiles':
          return removeMembers(id, body);
        default:
          return failure(404, 'not_found', `No ${route}`);
      }
    },
  };
}

const jobOf = (id: string, status: string, { total, errors }: Job) => ({
  type: 'profile-bulk-import-job',
  id,
  attributes: {
    status,
    created_at: '2026-11-30T10:00:00+00:00',
    total_count: total,
    completed_count: status === 'complete' ? total - errors.length : 0,
    failed_count: status === 'complete' ? errors.length : 0,
  },
});

const json = (status: number, body: object): Behaviour => ({ status, headers: { 'content-type': MEDIA }, body: JSON.stringify(body) });

const failure = (status: number, code: string, detail: string, pointer = '/data'): Behaviour =>
  json(status, { errors: [{ id: '1', status, code, title: detail, detail, source: { pointer } }] });

const invalid = (error: z.ZodError): Behaviour =>
  failure(400, 'invalid', error.issues[0]?.message ?? '', `/${(error.issues[0]?.path ?? []).map(String).join('/')}`);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
