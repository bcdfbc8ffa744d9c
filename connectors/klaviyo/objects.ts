/** What a sync can keep equal in Klaviyo. */
import * as z from 'zod';
import { type BatchContext, defineHttpObject } from '../../src/connector-kit/connector.ts';
import type { Rows } from '../../src/connector-kit/row.ts';
import { klaviyoConfig } from './config.ts';
import { buildImport, parseImport } from './import-job.ts';
import { importBatch, removalBatch } from './limits.ts';
import { buildRemoval, parseRemoval } from './list-removal.ts';
import { Profile } from './profile.ts';

export const profile = defineHttpObject(klaviyoConfig, {
  title: 'Profile',
  modes: ['upsert'],
  fields: Profile,
  options: z.strictObject({}),
  addressedBy: [],
  batch: importBatch,
  isIdempotent: true,
  build: (rows, { config, step }) => buildImport(rows, config, step),
  parse: (reply, rows, { step }) => parseImport(reply, rows, step),
});

const MemberOptions = z.strictObject({
  list: z
    .string()
    .regex(/^[A-Za-z0-9]{4,20}$/, 'the id of a list: the last part of its address in Klaviyo')
    .meta({ label: 'List', description: 'Id of the list. Profiles are made where they are missing. Consent is not changed.' }),
});

const isRemoval = (rows: Rows) => rows[0].operation === 'remove';

type Context = Pick<BatchContext<z.output<typeof klaviyoConfig>, z.output<typeof MemberOptions>>, 'config' | 'options' | 'step'>;

export const listMember = defineHttpObject(klaviyoConfig, {
  title: 'Member of a list',
  modes: ['audience'],
  fields: Profile,
  options: MemberOptions,
  addressedBy: ['list'],
  batch: { ...importBatch, removals: removalBatch },
  isIdempotent: true,
  build: (rows, { config, options, step }: Context) =>
    isRemoval(rows) ? buildRemoval(rows, config, step, options.list) : buildImport(rows, config, step, options.list),
  parse: (reply, rows, { step }) => (isRemoval(rows) ? parseRemoval(reply, rows, step) : parseImport(reply, rows, step)),
});
