/** Profiles are imported by a job: it is made, asked about until it is finished, and then asked for the rows that it refused. Pure. */
import * as z from 'zod';
import type { HttpReply, HttpRequest, NextRequest } from '../../src/connector-kit/connector.ts';
import type { Fault } from '../../src/connector-kit/fault.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import type { Rows } from '../../src/connector-kit/row.ts';
import type { KlaviyoConfig } from './config.ts';
import { POLL_MS } from './limits.ts';
import { IDENTIFIERS, profileOf } from './profile.ts';
import { get, withBody } from './request.ts';

/** `refused`: place of the row in the batch, and why. Kept between requests, so it names no person. */
const Step = z.strictObject({
  job: z.string(),
  failed: z.int().optional(),
  cursor: z.string().optional(),
  refused: z.array(z.tuple([z.int(), z.string(), z.string()])).default([]),
});
type Step = z.output<typeof Step>;

const JOBS = '/api/profile-bulk-import-jobs';

/** @param list the profiles are also added to it. */
export function buildImport(rows: Rows, config: KlaviyoConfig, step: string | undefined, list?: string): HttpRequest {
  if (step === undefined) {
    const data = {
      type: 'profile-bulk-import-job',
      attributes: { profiles: { data: rows.map(profileOf) } },
      ...(list === undefined ? {} : { relationships: { lists: { data: [{ type: 'list', id: list }] } } }),
    };
    return withBody(config, 'POST', JOBS, JSON.stringify({ data }));
  }
  const { job, failed, cursor } = Step.parse(JSON.parse(step));
  const path = `${JOBS}/${encodeURIComponent(job)}`;
  if (failed === undefined) return get(config, path);
  return get(config, `${path}/import-errors`, { 'page[size]': '100', ...(cursor === undefined ? {} : { 'page[cursor]': cursor }) });
}

const Job = z.object({
  data: z.object({
    id: z.string().min(1),
    attributes: z.object({
      status: z.enum(['queued', 'processing', 'complete', 'cancelled']),
      failed_count: z.int().nullable().default(0),
    }),
  }),
});

const Errors = z.object({
  data: z.array(
    z.object({
      attributes: z.object({
        code: z.string().default(''),
        title: z.string().default('refused without a reason'),
        source: z.object({ pointer: z.string().nullable().optional() }).nullable().optional(),
        original_payload: z.record(z.string(), z.unknown()).nullable().optional(),
      }),
    }),
  ),
  links: z.object({ next: z.string().nullable().optional() }).nullable().optional(),
});

export function parseImport(reply: HttpReply, rows: Rows, before: string | undefined): Outcome[] | NextRequest {
  const step = before === undefined ? undefined : Step.parse(JSON.parse(before));
  if (step?.failed !== undefined) return parseErrors(reply, rows, step, step.failed);
  const read = Job.safeParse(jsonOf(reply));
  if (!read.success) return allRefused(rows, { kind: 'vendor_contract', message: 'the answer describes no import job' });
  const { id, attributes } = read.data.data;
  switch (attributes.status) {
    case 'queued':
    case 'processing':
      return { step: JSON.stringify({ job: id }), afterMs: POLL_MS, isSubmitted: true };
    case 'cancelled':
      return allRefused(rows, { kind: 'transient', message: 'Klaviyo cancelled the import job' });
    case 'complete': {
      const failed = attributes.failed_count ?? 0;
      return failed === 0 ? rows.map(() => accepted) : { step: JSON.stringify({ job: id, failed }), isSubmitted: true };
    }
  }
}

/** A page of the rows that the job refused. */
function parseErrors(reply: HttpReply, rows: Rows, step: Step, failed: number): Outcome[] | NextRequest {
  const read = Errors.safeParse(jsonOf(reply));
  if (!read.success) return allRefused(rows, { kind: 'vendor_contract', message: 'the answer lists no errors of the import job' });
  const found = read.data.data.map(({ attributes: { title, code, source, original_payload } }): Step['refused'][number] => [
    placeOf(source?.pointer ?? '', original_payload ?? {}, rows),
    code === '' ? title : `${title} (${code})`,
    /attributes\/([^/]+)$/.exec(source?.pointer ?? '')?.[1] ?? '',
  ]);
  const all = [...step.refused, ...found];
  const cursor = read.data.links?.next ? new URL(read.data.links.next).searchParams.get('page[cursor]') : null;
  if (cursor && found.length > 0) return { step: JSON.stringify({ ...step, cursor, refused: all }), isSubmitted: true };
  const named = new Map(all.filter(([place]) => place >= 0).map(([place, message, field]) => [place, { message, field }]));
  // Which rows the others are is not said: each row that is not named may be one of them.
  const isComplete = named.size >= failed;
  return rows.map((_, place) => {
    const why = named.get(place);
    if (why) return refused({ kind: 'row_invalid', message: why.message, ...(why.field === '' ? {} : { field: why.field }) });
    return isComplete
      ? accepted
      : refused({ kind: 'vendor_contract', message: `Klaviyo refused ${failed} profiles of the import and named ${named.size} of them` });
  });
}

/** The row that an error is about, by its place in the request or by an identifier of the profile that the error repeats; -1: not told. */
function placeOf(pointer: string, payload: Readonly<Record<string, unknown>>, rows: Rows): number {
  const place = /\/profiles\/data\/(\d+)(?:\/|$)/.exec(pointer)?.[1];
  if (place !== undefined && Number(place) < rows.length) return Number(place);
  const attributes = (payload.attributes ?? payload) as Readonly<Record<string, unknown>>;
  const name = IDENTIFIERS.find((one) => typeof attributes[one] === 'string');
  return name === undefined ? -1 : rows.findIndex(({ fields }) => fields[name] === attributes[name]);
}

export function jsonOf(reply: HttpReply): unknown {
  try {
    return JSON.parse(reply.body);
  } catch {
    return undefined;
  }
}

export const allRefused = (rows: Rows, fault: Fault): Outcome[] => rows.map(() => refused(fault));
