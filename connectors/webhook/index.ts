/** Signed HTTP calls to an address of the customer's own, as Standard Webhooks 1.0 specifies them. */
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { faultOfStatus } from '../../src/connector-kit/http-fault.ts';
import { addressOf } from './address.ts';
import { webhookConfig } from './config.ts';
import { webhookLimits } from './limits.ts';
import { contact, row } from './rows.ts';
import { signatureHeaders } from './signature.ts';

export const webhook = defineConnector({
  slug: 'webhook',
  title: 'Webhook',
  config: webhookConfig,
  hosts: (config) => [new URL(config.url).hostname],
  address: (config) => addressOf(config.url),
  limits: webhookLimits,
  auth: { kind: 'signature', sign: (request, config, { batchId, at }) => signatureHeaders(config.secret, batchId, at, request.body) },
  classify: faultOfStatus,
  objects: { contact, row },
  erase: { by: 'delete_operation' },
  claims: ['contract-tested'],
});
