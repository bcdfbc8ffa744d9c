/**
 * Whether a destination may be on a private network or on this machine: one setting, read in one place. A connector whose hosts come from its
 * configuration takes it in (`z.strictObject({ url, ...privateNetwork })`); without it only public addresses are called. Pure.
 */
import * as z from 'zod';

export const privateNetwork = {
  allow_private_network: z.boolean().default(false).meta({ label: 'The address may be on a private network or on this machine' }),
};

/** @param config of any connector, as its schema has parsed it. */
export const allowsPrivateNetwork = (config: Readonly<Record<string, unknown>>): boolean => config.allow_private_network === true;
