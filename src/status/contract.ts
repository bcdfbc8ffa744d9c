/** What a release promises to projects: published tables, settings, words of meta, versions of documents. Read from the product's own files. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { WORDS } from '../catalogue/words.ts';
import type { DocumentKind } from '../documents/kind.ts';
import { currentVersion } from '../documents/migrations.ts';
import { MIGRATIONS_FOLDER, readMigrations } from '../warehouse/migrations.ts';

export const Contract = z.object({
  /** Published tables: column → ClickHouse type, in the order of their names. */
  tables: z.record(z.string(), z.record(z.string(), z.string())),
  /** Of the block `vars.sluice` in dbt_project.yml. */
  settings: z.array(z.string()),
  /** Of `meta.sluice` of a model and of a column. */
  words: z.object({ model: z.array(z.string()), column: z.array(z.string()) }),
  /** The version in which each kind of document is read. */
  documents: z.record(z.string(), z.number()),
  /** Of sql/warehouse. */
  migrations: z.array(z.string()),
});
export type Contract = z.output<typeof Contract>;

/** Folders of models whose tables are published. */
const PUBLISHED = ['models/profiles', 'models/accounts'];

const Yml = z.object({
  models: z
    .array(
      z.looseObject({
        name: z.string(),
        columns: z.array(z.looseObject({ name: z.string(), data_type: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});

/** @param productDir where models/ and sql/ of the product stand. */
export async function contractOf(productDir: string, kinds: readonly Pick<DocumentKind, 'kind' | 'migrations'>[]): Promise<Contract> {
  const migrations = await readMigrations(MIGRATIONS_FOLDER);
  return {
    tables: await publishedTables(productDir),
    settings: await settingNames(productDir),
    words: { model: [...WORDS.model], column: [...WORDS.column] },
    documents: Object.fromEntries(kinds.map((kind) => [kind.kind, currentVersion(kind)])),
    migrations: migrations.map(({ name }) => name),
  };
}

async function publishedTables(productDir: string): Promise<Contract['tables']> {
  const tables: [string, Record<string, string>][] = [];
  for (const folder of PUBLISHED) {
    for await (const file of glob('**/*.yml', { cwd: join(productDir, folder) })) {
      const yml = Yml.safeParse(parse(await readFile(join(productDir, folder, file), 'utf8')));
      for (const { name, columns } of yml.data?.models ?? []) {
        const typed = columns.flatMap((column) => (column.data_type === undefined ? [] : [[column.name, column.data_type] as const]));
        if (typed.length > 0) tables.push([name, Object.fromEntries(typed.sort(byName))]);
      }
    }
  }
  return Object.fromEntries(tables.sort(byName));
}

/** Between the marks of settings.sql stands the YAML of all settings with their defaults. */
async function settingNames(productDir: string): Promise<string[]> {
  const sql = await readFile(join(productDir, 'sql/macros/settings.sql'), 'utf8');
  const yaml = /\{# settings: #\}([\s\S]*?)\{# end of settings #\}/.exec(sql)?.[1] ?? '';
  return Object.keys(z.record(z.string(), z.unknown()).parse(parse(yaml))).sort();
}

/** What a project that relies on `last` would miss in `now`, a sentence each. New tables, columns, settings and words break nothing. */
export function brokenPromises(last: Contract, now: Contract): string[] {
  const gone = (what: string, before: readonly string[], after: readonly string[]) =>
    before.filter((name) => !after.includes(name)).map((name) => `${what} ${name} is gone.`);
  const columns = Object.entries(last.tables).flatMap(([table, before]) => {
    const after = now.tables[table];
    if (!after) return [`The published table ${table} is gone.`];
    return Object.entries(before).flatMap(([column, type]) => {
      if (after[column] === undefined) return [`The column ${table}.${column} is gone.`];
      return after[column] === type ? [] : [`The column ${table}.${column} was ${type} and is ${after[column]}.`];
    });
  });
  return [
    ...columns,
    ...gone('The setting vars.sluice', last.settings, now.settings),
    ...gone('The word meta.sluice of a model', last.words.model, now.words.model),
    ...gone('The word meta.sluice of a column', last.words.column, now.words.column),
    ...gone('The migration', last.migrations, now.migrations),
    ...Object.entries(last.documents)
      .filter(([kind, version]) => (now.documents[kind] ?? 0) < version)
      .map(([kind, version]) => `Version ${version} of a ${kind} is not read any more.`),
  ];
}

const byName = (one: readonly [string, unknown], other: readonly [string, unknown]) => (one[0] < other[0] ? -1 : 1);
