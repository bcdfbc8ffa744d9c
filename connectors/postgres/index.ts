/** Rows in a table of a PostgreSQL database. */
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { addressOf } from './address.ts';
import { postgresConfig } from './config.ts';
import { postgresLimits } from './limits.ts';
import { rows } from './rows.ts';

export const postgres = defineConnector({
  slug: 'postgres',
  title: 'PostgreSQL',
  config: postgresConfig,
  hosts: (config) => [new URL(config.url).hostname],
  address: (config) => addressOf(config),
  auth: { kind: 'none', reason: 'the client library logs in with the connection URL' },
  limits: postgresLimits,
  objects: { row: rows },
  erase: { by: 'delete_operation' },
  claims: ['contract-tested', 'real-server-tested'],
});
