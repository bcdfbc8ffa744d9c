/** A client of the warehouse that tells what it is asked, and may be stopped there. */
import type { WarehouseClient } from '../../src/warehouse/client.ts';

/** `client`, calling `onCall` with the name of each query before it is sent; it may return a promise. */
export function spying(client: WarehouseClient, onCall: (name: string) => unknown): WarehouseClient {
  return {
    ...client,
    ask: async (query, params, options) => {
      await onCall(query.name);
      return client.ask(query, params, options);
    },
    run: async (statement, params, options) => {
      await onCall(statement.name);
      return client.run(statement, params, options);
    },
    insert: async (table, inserted, options) => {
      await onCall(table);
      return client.insert(table, inserted, options);
    },
    stream: (query, params, options) => client.stream(query, params, options),
    raw: (sql, format, options) => client.raw(sql, format, options),
    close: () => client.close(),
  };
}
