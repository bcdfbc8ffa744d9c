/** A small graph whose answers to "what if" can be told by hand: people of a web page, one segment, two syncs. */
import * as z from 'zod';
import { readProjectRules } from '../src/identity/read-rules.ts';
import { knownTypes } from '../src/identity/rules.ts';
import type { WhatIfDeps } from '../src/identity/what-if.ts';
import type { Resource } from '../src/store/resources.ts';
import { defineQuery } from '../src/warehouse/query.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { PRODUCT_DIR, testDbt } from './dbt.ts';
import { testWarehouse } from './warehouse.ts';

export interface WhatIfWorld {
  readonly warehouse: Warehouse;
  readonly deps: WhatIfDeps;
  /** Profile id by `type:value`. */
  profiles(): Promise<Map<string, string>>;
  /** Databases that a what-if has left. */
  asides(): Promise<string[]>;
  build(): Promise<void>;
  /** One more message that no build has read. */
  seeAgain(...seen: Seen): Promise<void>;
  close(): Promise<void>;
}

/** `identify` says that device and user are one person; `track` only that they were seen together. */
type Seen = readonly [type: 'identify' | 'track', device: string, user: string];

const SEEN: readonly Seen[] = [
  ['identify', 'laptop', 'ada'],
  ['identify', 'tablet', 'ada'],
  ['identify', 'desktop', 'bob'],
  ['track', 'phone', 'carl'],
  ['track', 'phone', 'carl'],
  ['track', 'kiosk', ''],
];

const message = ([type, anonymous_id, user_id]: Seen, index: number) => ({
  message_id: `m${index}`,
  type,
  event: 'Home',
  source: 'web',
  anonymous_id,
  user_id,
  previous_id: '',
  group_id: '',
  occurred_at: `2024-01-01 10:0${index}:00`,
  received_at: `2024-01-01 10:0${index}:00`,
  message: JSON.stringify({ type, anonymousId: anonymous_id, userId: user_id, messageId: `m${index}` }),
});

/** Ada has two devices, Bob one, Carl one that was only seen with him; a kiosk is nobody's. Everybody but the kiosk is in a segment. */
export async function openWhatIfWorld(): Promise<WhatIfWorld> {
  const warehouse = await testWarehouse();
  // The package by itself: nothing here comes from another source, and whoever asks builds everything twice.
  const dbt = await testDbt(warehouse, { projectDir: PRODUCT_DIR });
  const { owner } = warehouse;
  await owner.insert('sluice_raw.events', SEEN.map(message));

  async function build(): Promise<void> {
    const { models } = await dbt.build({ select: ['+profiles', 'identity_rejected_decisions'], isWithoutTests: true });
    const failed = models.filter(({ status }) => status !== 'success');
    if (failed.length > 0) throw new Error(`the build failed: ${JSON.stringify(failed)}`);
  }
  async function profiles(): Promise<Map<string, string>> {
    const rows = await owner.ask(
      defineQuery({
        name: 'test.profiles',
        sql: `
          select
              concat(identifier_type, ':', identifier_value) as identifier,
              toString(profile_id) as profile_id
          from sluice_identity.identity_map as map
          inner join sluice_identity.identity_identifiers as identifiers on identifiers.node = map.node`,
        params: z.object({}),
        row: z.object({ identifier: z.string(), profile_id: z.string() }),
      }),
      {},
    );
    return new Map(rows.map(({ identifier, profile_id }) => [identifier, profile_id]));
  }

  await build();
  const people = await profiles();
  const members = ['user_id:ada', 'user_id:bob', 'user_id:carl'].map((identifier) => people.get(identifier));
  await owner.insert('sluice_state.segment_versions', [{ segment_id: 'known', version: 1, size: 3 }], {
    columns: ['segment_id', 'version', 'size'],
  });
  await owner.insert(
    'sluice_state.segment_members',
    members.map((member_uuid) => ({ segment_id: 'known', version: 1, member_uuid })),
    { columns: ['segment_id', 'version', 'member_uuid'] },
  );

  const sync = (id: string, source: object): Resource => ({
    kind: 'sync',
    id,
    document: { id, title: id, source, destination: 'crm', object: 'contact', mode: 'upsert', key: { id: 'profile_id' } },
    revision: 1,
    appliedAt: new Date(),
    appliedBy: 'test',
  });
  const syncs = [
    sync('everybody', { table: 'profiles' }),
    sync('known-people', { segment: 'known' }),
    sync('wares', { table: 'freshness' }),
    // As another version may have written it.
    sync('of-another-version', { query: 'select 1' }),
  ];
  const rules = () => readProjectRules(PRODUCT_DIR);
  return {
    warehouse,
    deps: {
      warehouse,
      rules,
      types: async () => knownTypes(await rules()),
      now: () => new Date(),
      dbt: async () => dbt,
      resources: { list: async () => syncs },
    },
    profiles,
    build,
    seeAgain: async (...seen) => void (await owner.insert('sluice_raw.events', [message(seen, SEEN.length)])),
    async asides() {
      const sql = `select name from system.databases where startsWith(name, concat({prefix:String}, '_aside_'))`;
      const query = defineQuery({
        name: 'test.asides',
        sql,
        params: z.object({ prefix: z.string() }),
        row: z.object({ name: z.string() }),
      });
      return (await owner.ask(query, { prefix: warehouse.prefix })).map(({ name }) => name);
    },
    async close() {
      await dbt.close();
      await warehouse.close();
    },
  };
}
