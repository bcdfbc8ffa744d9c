/** Settings of a destination. */
import * as z from 'zod';
import { isSecret } from './signature.ts';

export const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ label: 'Address', description: 'Receives one POST per batch.' }),
  secret: z
    .string()
    .refine(isSecret, 'whsec_ and 24 to 64 bytes in base64: `echo whsec_$(openssl rand -base64 32)` makes one')
    .meta({ label: 'Signing secret', secret: true }),
  allow_unencrypted: z.boolean().default(false).meta({ label: 'Rows may go to a public address unencrypted, over http' }),
  allow_private_network: z.boolean().default(false).meta({ label: 'The address may be on a private network or on this machine' }),
});
