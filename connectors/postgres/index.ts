/** Rows in a table of a PostgreSQL database. */
import * as z from 'zod';
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { addressOf } from './address.ts';
import { postgresName } from './names.ts';
import { rows } from './rows.ts';

export const postgresConfig = z.strictObject({
  url: z
    .url({ protocol: /^postgres(ql)?$/ })
    .meta({ label: 'Connection', description: 'postgresql://user:password@host:5432/database', secret: true }),
  schema: postgresName.default('public').meta({ label: 'Schema' }),
  allow_private_network: z.boolean().default(false).meta({ label: 'The server may be on a private network or on this machine' }),
});

export const postgres = defineConnector({
  slug: 'postgres',
  title: 'PostgreSQL',
  config: postgresConfig,
  hosts: (config) => [new URL(config.url).hostname],
  address: (config) => addressOf(config),
  // Two, so that one batch travels while the other commits; more only makes them wait for each other's locks.
  limits: { concurrency: 2 },
  objects: { row: rows(postgresConfig) },
  erase: { by: 'delete_operation' },
  claims: ['contract-tested', 'real-server-tested'],
});
