/** Signed HTTP calls to an address of the customer's own, as Standard Webhooks 1.0 specifies them. */
import * as z from 'zod';
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { faultOfStatus } from '../../src/connector-kit/reply.ts';
import { addressOf } from './address.ts';
import { contact, row } from './rows.ts';
import { isSecret, signatureHeaders } from './signature.ts';

export const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ label: 'Address', description: 'Receives one POST per batch.' }),
  secret: z
    .string()
    .refine(isSecret, 'whsec_ and 24 to 64 bytes in base64: `echo whsec_$(openssl rand -base64 32)` makes one')
    .meta({ label: 'Signing secret', secret: true }),
  allow_unencrypted: z.boolean().default(false).meta({ label: 'Rows may go to a public address unencrypted, over http' }),
  allow_private_network: z.boolean().default(false).meta({ label: 'The address may be on a private network or on this machine' }),
});

export const webhook = defineConnector({
  slug: 'webhook',
  title: 'Webhook',
  config: webhookConfig,
  hosts: (config) => [new URL(config.url).hostname],
  address: (config) => addressOf(config.url),
  limits: { concurrency: 4 },
  sign: (request, config, { batchId, at }) => signatureHeaders(config.secret, batchId, at, request.body),
  classify: faultOfStatus,
  objects: { contact: contact(webhookConfig), row: row(webhookConfig) },
  erase: { by: 'delete_operation' },
  claims: ['contract-tested'],
});
