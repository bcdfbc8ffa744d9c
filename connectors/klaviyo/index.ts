/** Profiles and members of lists in Klaviyo. */
import * as z from 'zod';
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { faultOfStatus } from '../../src/connector-kit/http-fault.ts';
import { klaviyoConfig } from './config.ts';
import { jsonOf } from './import-job.ts';
import { api, klaviyoLimits } from './limits.ts';
import { listMember, profile } from './objects.ts';
import { get } from './request.ts';

const Accounts = z.object({
  data: z.tuple([
    z.object({
      id: z.string(),
      attributes: z.object({ contact_information: z.object({ organization_name: z.string().nullish() }).nullish() }),
    }),
  ]),
});

export const klaviyo = defineConnector({
  slug: 'klaviyo',
  title: 'Klaviyo',
  config: klaviyoConfig,
  hosts: ({ url }) => [new URL(url).hostname],
  address: ({ account }) => ({ shown: { account } }),
  api,
  auth: { kind: 'header', name: 'authorization', value: ({ api_key }) => `Klaviyo-API-Key ${api_key}` },
  limits: klaviyoLimits,
  check: {
    request: (config) => get(config, '/api/accounts'),
    read(reply, { account }) {
      const read = Accounts.safeParse(jsonOf(reply));
      if (!read.success) return { kind: 'vendor_contract', message: 'the answer describes no account' };
      const [{ id, attributes }] = read.data.data;
      if (id !== account) return { kind: 'config', message: `the private API key belongs to the account ${id}, not ${account}` };
      return { account: [attributes.contact_information?.organization_name, id].filter(Boolean).join(' ') };
    },
  },
  classify: faultOfStatus,
  objects: { profile, list_member: listMember },
  erase: { refused: 'Klaviyo erases a person by a request of its own, which Sluice does not make yet: delete the profile there' },
  claims: ['contract-tested'],
});
