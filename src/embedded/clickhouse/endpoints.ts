/** What clients of the embedded ClickHouse server need to connect. */
import * as z from 'zod';

export const ClickHouseEndpoints = z.object({
  host: z.string(),
  httpPort: z.number(),
  /** Passwords of `sluice_owner`, `sluice_reader`, `sluice_publisher` and `sluice_bi`. */
  passwords: z.object({ owner: z.string(), reader: z.string(), publisher: z.string(), bi: z.string() }),
});
