/**
 * Pages of a list that grows at its front: newest first, from a moment on backwards. A position is a moment and how many rows of that very
 * moment were shown already, so that any table with a time can be paged, also where many rows have the same.
 */
import * as z from 'zod';
import type { WarehouseClient } from './client.ts';
import type { Query } from './query.ts';

export interface PagePosition {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly skip: number;
}

export interface PageRequest {
  readonly limit: number;
  readonly from: PagePosition;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly next: PagePosition | null;
}

/** Later than everything that can have happened. */
export const startOfPages: PagePosition = { at: '2290-01-01T00:00:00.000Z', skip: 0 };

/** Parameters of a query that is read by pages: `where t <= {page_at:DateTime64(3, 'UTC')} order by t desc, … limit {page_skip:UInt64}, {page_take:UInt64}`. */
export const pageParams = { page_at: z.string(), page_skip: z.int(), page_take: z.int() };

type PagedParams = z.ZodObject<typeof pageParams>;

/** @param timeOf ISO 8601 in UTC, of the column by which the query orders. */
export async function readPage<P extends PagedParams, R extends z.ZodObject>(
  client: Pick<WarehouseClient, 'ask'>,
  query: Query<P, R>,
  params: Omit<z.input<P>, keyof typeof pageParams>,
  request: PageRequest,
  timeOf: (row: z.output<R>) => string,
): Promise<Page<z.output<R>>> {
  const { limit, from } = request;
  const paged = { ...params, page_at: from.at.replace('Z', ''), page_skip: from.skip, page_take: limit + 1 } as z.input<P>;
  const rows = await client.ask(query, paged);
  return pageOf(rows, request, timeOf);
}

/** The page that `rows` make: those from the position on, one more than asked for where there are more. */
export function pageOf<T>(rows: readonly T[], { limit, from }: PageRequest, timeOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next: null };
  const at = timeOf(last);
  const shown = items.filter((row) => timeOf(row) === at).length;
  return { items, next: { at, skip: shown + (at === from.at ? from.skip : 0) } };
}
