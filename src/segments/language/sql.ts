/** `{ sql: "order_count > 3 and city != nickname" }`: the one node that is written in SQL. Pure. */
import * as z from 'zod';

export const SqlNode = z.strictObject({
  /** A condition on columns of the entity's own table, or a `select` of one column, keys of the entity. */
  sql: z.string().min(1, 'a condition in SQL, or a select of keys').max(10_000, 'at most 10,000 characters'),
});
export type SqlNode = z.output<typeof SqlNode>;
