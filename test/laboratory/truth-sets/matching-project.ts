/** A copy of the dbt project in which one table of a linkage set is all there is to match: the models run as they ship. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { readProjectRules } from '../../../src/identity/read-rules.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';
import { runSql } from '../../warehouse.ts';
import type { LinkageSet } from './linkage-set.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const PROJECT = ['dbt_project.yml', 'profiles.yml', 'sql/macros', 'sql/seeds'];
const COPIED = [...PROJECT, 'models/identity/matching', 'models/identity/identity_decisions.sql', 'models/identity/identity_decisions.yml'];
export const LINKAGE_TABLE = 'linkage_records';

export interface MatchingProject {
  readonly dir: string;
  /** Replaces the records, and declares their columns. */
  show(set: LinkageSet): Promise<void>;
  remove(): Promise<void>;
}

/** @param isWhole with all models, up to the published profiles; by default only those of the matching. */
export async function openMatchingProject(
  warehouse: Warehouse,
  settings: Readonly<Record<string, unknown>> = {},
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): Promise<MatchingProject> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-matching-'));
  // The review list leaves out what was decided by hand.
  const decisions = (await readdir(join(REPOSITORY, 'models/identity'))).filter((file) =>
    /^(identity_\w*|declared_)decisions\.(sql|yml)$/.test(file),
  );
  const matching = [...COPIED, ...decisions.map((file) => `models/identity/${file}`)];
  for (const part of isWhole ? [...PROJECT, 'models'] : matching) await cp(join(REPOSITORY, part), join(dir, part), { recursive: true });
  await mkdir(join(dir, 'models/staging'), { recursive: true });
  await mkdir(join(dir, 'sql/tests'), { recursive: true });
  await switchOn(dir, settings);
  const table = `${warehouse.databases.raw}.${LINKAGE_TABLE}`;
  return {
    dir,
    async show(set) {
      await load(warehouse, set);
      await writeChange(join(dir, 'models/staging/stg_linkage__records.sql'), `select * from ${table}\n`);
      await writeChange(join(dir, 'models/staging/stg_linkage.yml'), declarationOf(set));
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** What stands there already is left alone: dbt reads the whole project anew when one of its files has been written. */
async function writeChange(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text);
}

async function switchOn(dir: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(dir, 'dbt_project.yml');
  const project = parseDocument(await readFile(path, 'utf8'));
  const matching = { enabled: true, models: ['stg_linkage__records'], ...settings };
  for (const [name, value] of Object.entries(matching)) project.setIn(['vars', 'sluice', 'identity_matching', name], value);
  // A record's number is no account: a profile takes in as many as there are records of the person.
  project.setIn(['vars', 'sluice', 'identity'], project.createNode(await readProjectRules(dir)));
  project.setIn(['vars', 'sluice', 'identity', 'entities', 'person', 'identifiers', 'user_id', 'unique'], false);
  await writeFile(path, project.toString());
}

async function load(warehouse: Warehouse, set: LinkageSet): Promise<void> {
  const run = (sql: string) => runSql(warehouse.owner, sql);
  const columns = ['user_id', ...set.kinds];
  await run(`drop table if exists sluice_raw.${LINKAGE_TABLE}`);
  await run(
    `create table sluice_raw.${LINKAGE_TABLE} (${columns.map((name) => `${name} String`).join(', ')}) engine = MergeTree() order by user_id`,
  );
  await warehouse.owner.insert(
    `sluice_raw.${LINKAGE_TABLE}`,
    set.records.map(({ id, values }) => ({ user_id: id, ...Object.fromEntries(set.kinds.map((kind) => [kind, values[kind] ?? ''])) })),
    { columns },
  );
}

/** A record's own id is a user id here, so each record is an identifier of its own. */
function declarationOf(set: LinkageSet): string {
  const columns = set.kinds.map((kind) => `      - { name: ${kind}, meta: { sluice: { match: ${kind} } } }`);
  return [
    'models:',
    '  - name: stg_linkage__records',
    '    meta: { sluice: { identity: { source: linkage } } }',
    '    columns:',
    '      - { name: user_id, meta: { sluice: { identifier: user_id, entity: person } } }',
    ...columns,
    '',
  ].join('\n');
}
