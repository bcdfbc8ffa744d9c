/** Whether the parts that everything stands on answer now. */
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Store } from '../store/store.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

const one = defineQuery({ name: 'status.probe', sql: 'select 1 as one', params: z.object({}), row: z.object({ one: z.literal(1) }) });

/** Each resolves when its part answers, and throws why it does not. */
export function probesOf(warehouse: Warehouse, store: Store) {
  return {
    // As the owner: the reader's queries wait for their turn, and a service that is asked much is ready all the same.
    warehouse: async () => void (await warehouse.owner.ask(one, {})),
    control_plane: async () => void (await store.attempt((db) => db.execute(sql`select 1`))),
  };
}
