/** A small graph that a test tells row by row, built by the models as they ship. */
import type { ExplainDeps } from '../../src/identity/subject.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { PRODUCT_DIR, testDbt } from '../dbt.ts';
import { testWarehouse } from '../warehouse.ts';

export interface ToldStory {
  readonly warehouse: Warehouse;
  readonly deps: ExplainDeps;
  /** A row of the web's SDK. An identify claims that its identifiers are one person; a track only carries them. */
  tell(...calls: readonly Call[]): Promise<void>;
  /** In the name of Ann, on the first of March 2026. */
  decide(decision: { readonly kind: string; readonly a: string; readonly b?: string; readonly reason: string }): Promise<void>;
  /** Without the project's own tests, unless they are asked for: they take most of the time. */
  build(options?: { readonly fullRefresh?: boolean; readonly isWithoutTests?: boolean }): Promise<void>;
  /** How a test of the project ends now: pass, fail, … */
  check(test: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface Call {
  readonly type?: 'identify' | 'track';
  readonly user?: string;
  readonly device?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly source?: string;
  /** In UTC; default: a minute after the call before. */
  readonly at?: string;
  readonly traits?: Readonly<Record<string, string>>;
}

/** What explaining reads. Tests of these models that also read others cannot run, and are not asked about. */
const SELECTED = [
  '+profile_identifiers',
  '+profile_aliases',
  '+profile_changes',
  '+identity_violations',
  '+resolved_attributes',
  'identity_normalised',
  '+identity_canonical',
  'identity_type_rules',
  '+identity_unexplained_changes',
];

export async function openToldStory(): Promise<ToldStory> {
  const warehouse = await testWarehouse();
  // The package by itself: only the web tells something here, and the models of other sources would be built in vain.
  const dbt = await testDbt(warehouse, { projectDir: PRODUCT_DIR });
  const types = new Map([
    ['person', ['user_id', 'email', 'phone', 'device_id', 'anonymous_id']],
    ['account', ['group_id', 'domain']],
  ]);
  let calls = 0;
  let clock = Date.parse('2026-03-01T09:00:00Z');

  return {
    warehouse,
    deps: { warehouse, types: async () => types },
    async tell(...told) {
      const rows = told.map(({ type = 'identify', user = '', device = '', source = 'web', at, email, phone, traits }) => {
        calls += 1;
        clock = at === undefined ? clock + 60_000 : Date.parse(at);
        const time = new Date(clock).toISOString();
        const said = Object.fromEntries(Object.entries({ email, phone, ...traits }).filter(([, value]) => value !== undefined));
        const message = {
          type,
          userId: user,
          anonymousId: device,
          messageId: `m${calls}`,
          ...(type === 'identify' ? { traits: said } : {}),
        };
        return {
          message_id: `m${calls}`,
          type,
          event: type === 'track' ? 'Home' : '',
          source,
          anonymous_id: device,
          user_id: user,
          previous_id: '',
          group_id: '',
          occurred_at: time,
          received_at: new Date().toISOString(),
          message: JSON.stringify(message),
        };
      });
      await warehouse.owner.insert('sluice_raw.events', rows);
    },
    async decide({ kind, a, b = ':', reason }) {
      const [first, second] = [a, b].map((one) => one.split(':')) as [string[], string[]];
      await warehouse.owner.insert('sluice_raw.identity_decisions', [
        {
          decision_id: crypto.randomUUID(),
          kind,
          entity: 'person',
          type_a: first[0],
          value_a: first[1],
          type_b: second[0],
          value_b: second[1],
          reason,
          decided_by: 'ann',
          decided_at: '2026-03-01T08:00:00.000Z',
          is_revoked: 0,
        },
      ]);
    },
    async build(options = {}) {
      const { models, tests } = await dbt.build({ select: SELECTED, isWithoutTests: true, ...options });
      const broken = tests.filter(({ name, status }) => status === 'fail' || (status === 'error' && name.startsWith('identity_')));
      const failed = [...models.filter(({ status }) => status !== 'success'), ...broken];
      if (failed.length > 0) throw new Error(`the build failed: ${JSON.stringify(failed)}`);
    },
    async check(name) {
      const { tests } = await dbt.build({ select: [name] });
      return tests[0]?.status;
    },
    async close() {
      await dbt.close();
      await warehouse.close();
    },
  };
}
