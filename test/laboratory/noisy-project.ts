/** The dbt project with one staging model more, over a table of noisy rows: everything from the evidence to the graph runs as it ships, rules included. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { copyOfProject } from '../dbt.ts';
import type { NoisyRow } from './noisy-people.ts';

const MODEL = 'stg_noisy__rows';
const IDENTIFIERS = ['user_id', 'loyalty_id', 'email', 'phone', 'device_id', 'anonymous_id'] as const;

/** What a source of this kind says of itself: rows are only ever added, and a mere visit claims nothing. */
const DECLARATION = [
  'models:',
  `  - name: ${MODEL}`,
  '    meta: { sluice: { identity: { source: source, observed_at: occurred_at, links_when: is_identifying, appended_at: received_at } } }',
  '    columns:',
  '      - name: source',
  '      - name: occurred_at',
  '      - name: is_identifying',
  '      - name: received_at',
  ...IDENTIFIERS.map((type) => `      - { name: ${type}, meta: { sluice: { identifier: ${type}, entity: person } } }`),
  '',
].join('\n');

const Rules = z.object({
  vars: z.object({
    sluice: z.object({
      identity: z.object({
        entities: z.object({
          person: z.object({
            identifiers: z.record(
              z.string(),
              z.object({
                unique: z.boolean().optional(),
                limit: z.union([z.int(), z.object({ max: z.int(), within_days: z.int().optional() })]).optional(),
              }),
            ),
          }),
        }),
      }),
    }),
  }),
});

export interface NoisyProject {
  readonly dir: string;
  /** How many values of a type one profile may ever have, by type, as the shipped rules say. */
  readonly limits: ReadonlyMap<string, number>;
  /** Lands rows, in the order of arrival. */
  land(rows: readonly NoisyRow[]): Promise<void>;
  remove(): Promise<void>;
}

export async function createNoisyProject({ owner, databases }: Warehouse): Promise<NoisyProject> {
  const project = await copyOfProject({ withModels: true });
  await writeFile(join(project.dir, 'models/staging', `${MODEL}.sql`), `select * from ${databases.raw}.noisy_rows\n`);
  await writeFile(join(project.dir, 'models/staging', 'stg_noisy.yml'), DECLARATION);
  const path = join(project.dir, 'dbt_project.yml');
  const settings = parseDocument(await readFile(path, 'utf8'));
  // Identity alone is built here; tests that also read what is built of it elsewhere would find nothing.
  settings.setIn(['flags', 'indirect_selection'], 'cautious');
  await writeFile(path, settings.toString());
  await owner.run(
    defineStatement({
      name: 'bench.noisy_table',
      sql: `
        create or replace table sluice_raw.noisy_rows (
            source LowCardinality(String), occurred_at DateTime64(3, 'UTC'), received_at DateTime64(3, 'UTC'),
            ${IDENTIFIERS.map((type) => `${type} String`).join(', ')}, is_identifying Bool
        ) engine = MergeTree() order by received_at`,
      params: z.object({}),
    }),
    {},
  );
  return {
    dir: project.dir,
    limits: limitsOf(settings.toJS()),
    async land(rows) {
      await owner.insert('sluice_raw.noisy_rows', rows, {
        columns: ['source', 'occurred_at', 'received_at', ...IDENTIFIERS, 'is_identifying'],
      });
    },
    remove: () => project.remove(),
  };
}

/** Limits without a window: those with one cannot be read off the identifiers of a profile alone. */
function limitsOf(settings: unknown): Map<string, number> {
  const limits = new Map<string, number>();
  for (const [type, { unique, limit }] of Object.entries(Rules.parse(settings).vars.sluice.identity.entities.person.identifiers)) {
    if (unique) limits.set(type, 1);
    else if (typeof limit === 'number') limits.set(type, limit);
    else if (limit && limit.within_days === undefined) limits.set(type, limit.max);
  }
  return limits;
}
