/** Named, typed queries and statements. Everything that reaches ClickHouse is one of these, or an insert. */
import type * as z from 'zod';

type Shape = z.ZodObject;

export interface Query<P extends Shape = Shape, R extends Shape = Shape> {
  /** Dotted, unique: becomes the log comment and the prefix of the query id, so that `system.query_log` finds it. */
  readonly name: string;
  /** ClickHouse SQL. Values only as `{param:Type}`; databases literally (`sluice_raw.events`): the client applies the prefix. */
  readonly sql: string;
  readonly params: P;
  /** 64-bit integers and larger arrive as strings, Decimals as numbers, DateTimes as ISO 8601 in UTC: coerce here. */
  readonly row: R;
}

export interface Statement<P extends Shape = Shape> {
  readonly name: string;
  /** DDL, `insert … select`, `alter`: one statement that returns no rows. */
  readonly sql: string;
  readonly params: P;
}

/**
 * @example
 * const segmentSize = defineQuery({
 *   name: 'segments.size',
 *   sql: 'select count() as members from sluice_state.segment_members where segment_id = {segmentId:String}',
 *   params: z.object({ segmentId: z.string() }),
 *   row: z.object({ members: z.coerce.number() }),
 * });
 * const [size] = await warehouse.reader.ask(segmentSize, { segmentId: 'lapsing' });
 */
export function defineQuery<P extends Shape, R extends Shape>(query: Query<P, R>): Query<P, R> {
  return query;
}

export function defineStatement<P extends Shape>(statement: Statement<P>): Statement<P> {
  return statement;
}
