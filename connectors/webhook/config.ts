/** Settings of a destination. */
import * as z from 'zod';
import { privateNetwork } from '../../src/connector-kit/private-network.ts';
import { isSecret } from './signature.ts';

export const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ label: 'Address', description: 'Receives one POST per batch.' }),
  secret: z
    .string()
    .refine(isSecret, 'whsec_ and 24 to 64 bytes in base64: `echo whsec_$(openssl rand -base64 32)` makes one')
    .meta({ label: 'Signing secret', secret: true }),
  allow_unencrypted: z.boolean().default(false).meta({ label: 'Rows may go to a public address unencrypted, over http' }),
  ...privateNetwork,
});
