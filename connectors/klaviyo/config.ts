/** Settings of a destination. */
import * as z from 'zod';
import { privateNetwork } from '../../src/connector-kit/private-network.ts';

export const klaviyoConfig = z.strictObject({
  account: z
    .string()
    .regex(/^[A-Za-z0-9]{4,10}$/, 'the public API key of the account, six letters and digits: Settings → API keys')
    .meta({ label: 'Account', description: 'The public API key (site id) of the account. It names the place where rows go.' }),
  api_key: z.string().min(8).meta({
    label: 'Private API key',
    description: 'With the scopes accounts:read, lists:read, lists:write, profiles:read and profiles:write.',
    secret: true,
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .default('https://a.klaviyo.com')
    .meta({ label: 'Address', description: 'Another one only for a proxy or a test.' }),
  allow_unencrypted: z.boolean().default(false).meta({ label: 'Rows may go to a public address unencrypted, over http' }),
  ...privateNetwork,
});
export type KlaviyoConfig = z.output<typeof klaviyoConfig>;
