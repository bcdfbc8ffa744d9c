/** Every applied segment with its publication status. */
import * as z from 'zod';
import { formatProblem } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { referencesOf } from './references.ts';

export interface SegmentListing {
  readonly segment_id: string;
  readonly title: string | null;
  readonly entity: string | null;
  /** Ids of the segments that this one reads. */
  readonly reads: readonly string[];
  /** Null until the first publication; so are the next two fields. */
  readonly size: number | null;
  readonly version: string | null;
  readonly last_good_at: string | null;
  readonly failed_at: string | null;
  /** Error of the last attempt or of the definition itself; null when all is well. */
  readonly failed_reason: string | null;
}

const published = defineQuery({
  name: 'segments.published',
  sql: `
    select
        segment_id,
        size,
        version,
        last_good_at,
        failed_at,
        failed_reason
    from sluice.segments
  `,
  params: z.object({}),
  row: z.object({
    segment_id: z.string(),
    size: z.coerce.number(),
    version: z.coerce.string(),
    last_good_at: z.string().nullable(),
    failed_at: z.string().nullable(),
    failed_reason: z.string().nullable(),
  }),
});

export async function listSegments(deps: Pick<SegmentDeps, 'resources' | 'warehouse'>): Promise<SegmentListing[]> {
  const { usable, unusable } = await readDefinitions(deps);
  const rows = new Map((await deps.warehouse.reader.ask(published, {})).map((row) => [row.segment_id, row]));
  const ids = [...usable.keys(), ...unusable.keys()].sort();
  return ids.map((id) => {
    const definition = usable.get(id);
    const row = rows.get(id);
    const isPublished = row !== undefined && row.version !== '0';
    const wrong = unusable
      .get(id)
      ?.map((problem) => formatProblem(problem))
      .join('; ');
    return {
      segment_id: id,
      title: definition?.title ?? null,
      entity: definition?.entity ?? null,
      reads: definition ? [...new Set(referencesOf(definition).map(({ segment }) => segment))] : [],
      size: isPublished ? row.size : null,
      version: isPublished ? row.version : null,
      last_good_at: row?.last_good_at ?? null,
      failed_at: row?.failed_at ?? null,
      failed_reason: wrong ?? row?.failed_reason ?? null,
    };
  });
}
