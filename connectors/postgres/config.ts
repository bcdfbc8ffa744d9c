/** Settings of a destination. */
import * as z from 'zod';
import { postgresName } from './names.ts';

export const postgresConfig = z.strictObject({
  url: z
    .url({ protocol: /^postgres(ql)?$/ })
    .meta({ label: 'Connection', description: 'postgresql://user:password@host:5432/database', secret: true }),
  schema: postgresName.default('public').meta({ label: 'Schema' }),
  allow_private_network: z.boolean().default(false).meta({ label: 'The server may be on a private network or on this machine' }),
});
