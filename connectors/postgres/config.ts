/** Settings of a destination. */
import * as z from 'zod';
import { privateNetwork } from '../../src/connector-kit/private-network.ts';
import { postgresName } from './names.ts';

export const postgresConfig = z.strictObject({
  url: z
    .url({ protocol: /^postgres(ql)?$/ })
    .meta({ label: 'Connection', description: 'postgresql://user:password@host:5432/database', secret: true }),
  schema: postgresName.default('public').meta({ label: 'Schema' }),
  ...privateNetwork,
});
