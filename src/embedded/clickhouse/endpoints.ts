/** What clients of the embedded ClickHouse server are told. */
import * as z from 'zod';

export const ClickHouseEndpoints = z.object({
  host: z.string(),
  httpPort: z.number(),
  /** Of `sluice_owner`, `sluice_reader`, `sluice_publisher` and `sluice_bi`. */
  passwords: z.object({ owner: z.string(), reader: z.string(), publisher: z.string(), bi: z.string() }),
});
