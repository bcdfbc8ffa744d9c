/** `sluice upgrade --check`: where the warehouse and the project are not yet what this version of Sluice makes and reads. Changes nothing. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readActivations } from '../activations/read.ts';
import { WORDS } from '../catalogue/words.ts';
import type { DocumentKind } from '../documents/kind.ts';
import { currentVersion } from '../documents/migrations.ts';
import { CdpError } from '../errors.ts';
import { migrationState } from '../warehouse/migrations.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Contract, contractOf } from './contract.ts';

export interface Difference {
  readonly what: 'migration' | 'table' | 'column' | 'setting' | 'word' | 'document';
  /** Of the migration, `table`, `table.column`, the setting, the word; of a document, its file. */
  readonly name: string;
  readonly sentence: string;
  /** False for what is worth knowing and comes right by itself. */
  readonly needs_action: boolean;
}

export interface UpgradeDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'databases'>;
  readonly projectDir: string;
  readonly productDir: string;
  readonly kinds: readonly Pick<DocumentKind, 'kind' | 'folder' | 'migrations'>[];
}

const publishedColumns = defineQuery({
  name: 'upgrade.columns',
  sql: `
    select
        table_name,
        column_name,
        data_type
    from information_schema.columns
    where table_schema = {database:String}
  `,
  params: z.object({ database: z.string() }),
  row: z.object({ table_name: z.string(), column_name: z.string(), data_type: z.string() }),
});

/** None: nothing needs doing. */
export async function checkUpgrade(deps: UpgradeDeps): Promise<Difference[]> {
  const contract = await contractOf(deps.productDir, deps.kinds);
  const project = await readProject(deps.projectDir);
  return [
    ...(await inMigrations(deps)),
    ...(project.hasGraph ? await inTables(deps, contract) : []),
    ...inSettings(project.settings, contract),
    ...(await inWords(deps.projectDir)),
    ...(await inDocuments(deps)),
  ];
}

async function inMigrations({ warehouse }: UpgradeDeps): Promise<Difference[]> {
  const { pending, unknown } = await migrationState(warehouse.owner, warehouse.databases);
  const found = (name: string, sentence: string) => toDo('migration', name, sentence);
  return [
    ...pending.map((name) => found(name, `${name} is not applied yet: the next command that opens the warehouse applies it.`)),
    ...unknown.map((name) => found(name, `${name} was applied by another version, which this one does not know: use that one or a newer.`)),
  ];
}

async function inTables({ warehouse }: UpgradeDeps, contract: Contract): Promise<Difference[]> {
  const rows = await warehouse.owner.ask(publishedColumns, { database: warehouse.databases.published });
  const built = Map.groupBy(rows, (row) => row.table_name);
  return Object.entries(contract.tables).flatMap(([table, columns]): Difference[] => {
    const there = built.get(table);
    if (!there) return [toDo('table', table, `The table ${table} is not built yet: run \`sluice build\`.`)];
    const types = new Map(there.map((row) => [row.column_name, row.data_type]));
    return Object.entries(columns).flatMap(([column, type]): Difference[] => {
      const name = `${table}.${column}`;
      const now = types.get(column);
      if (now === undefined) return [toDo('column', name, `The column ${name} is not built yet: run \`sluice build\`.`)];
      if (withoutSpaces(now) === withoutSpaces(type)) return [];
      return [toDo('column', name, `The column ${name} is ${now} and becomes ${type} with the next \`sluice build\`.`)];
    });
  });
}

function inSettings(settings: readonly string[], contract: Contract): Difference[] {
  return settings
    .filter((name) => !contract.settings.includes(name))
    .map((name) =>
      toDo(
        'setting',
        name,
        `vars.sluice.${name} in dbt_project.yml is no setting of this version: take it out. There are ${contract.settings.join(', ')}.`,
      ),
    );
}

async function inWords(projectDir: string): Promise<Difference[]> {
  return (await unknownWords(projectDir)).map(({ file, word, sentence }) => toDo('word', word, `${file}: ${sentence}`));
}

export interface UnknownWord {
  /** Of the yml, below the project. */
  readonly file: string;
  readonly model: string;
  /** Null where the model says it. */
  readonly column: string | null;
  readonly word: string;
  readonly sentence: string;
}

/** Words of `meta.sluice` that nothing reads, in the models, snapshots and seeds of the project; those of packages are not the project's to mend. */
export async function unknownWords(projectDir: string): Promise<UnknownWord[]> {
  const { folders } = await readProject(projectDir);
  const patterns = folders.map((folder) => `${folder}/**/*.{yml,yaml}`);
  const found: UnknownWord[] = [];
  for (const file of (await Array.fromAsync(glob(patterns, { cwd: projectDir }))).sort()) {
    const read = Described.safeParse(await readYaml(join(projectDir, file)));
    for (const model of [...(read.data?.models ?? []), ...(read.data?.snapshots ?? []), ...(read.data?.seeds ?? [])]) {
      for (const part of [undefined, ...model.columns]) {
        const known: readonly string[] = part === undefined ? WORDS.model : WORDS.column;
        const of = part === undefined ? model.name : `${model.name}.${part.name}`;
        for (const word of said(part ?? model).filter((one) => !known.includes(one))) {
          const sentence = `meta.sluice of ${of} says ${word}, which this version does not know.`;
          found.push({ file, model: model.name, column: part?.name ?? null, word, sentence });
        }
      }
    }
  }
  return found;
}

async function inDocuments({ projectDir, kinds }: UpgradeDeps): Promise<Difference[]> {
  const { files, problems } = await readActivations(projectDir, kinds).catch((error: unknown) => {
    // A project without activations has none to migrate.
    if (error instanceof CdpError && error.code === 'activations.folder_missing') return { files: [], problems: [] };
    throw error;
  });
  const newer = problems.filter(({ path }) => path[0] === 'version');
  const versions = new Map(kinds.map((kind) => [kind.kind, currentVersion(kind)]));
  const older = files.filter(({ kind, version }) => version < (versions.get(kind) ?? version));
  return [
    ...newer.map(({ file, message }) => toDo('document', file, `${file}: ${message}`)),
    ...older.map(({ file, kind, version }): Difference => {
      const sentence = `${file} is of version ${version} and is read as one of version ${versions.get(kind)}: the file may stay as it is.`;
      return { what: 'document', name: file, sentence, needs_action: false };
    }),
  ];
}

const toDo = (what: Difference['what'], name: string, sentence: string): Difference => ({ what, name, sentence, needs_action: true });

const Meta = z.looseObject({ sluice: z.record(z.string(), z.unknown()).optional() }).optional();
const Part = z.looseObject({ name: z.string(), meta: Meta, config: z.looseObject({ meta: Meta }).optional() });
const Parts = z.array(Part.extend({ columns: z.array(Part).default([]) })).default([]);
const Described = z.object({ models: Parts, snapshots: Parts, seeds: Parts });

const said = ({ meta, config }: z.output<typeof Part>) => Object.keys({ ...meta?.sluice, ...config?.meta?.sluice });

/** Where yml of tables stands, with dbt's own names where the project names none. */
const FOLDERS = { 'model-paths': ['models'], 'snapshot-paths': ['snapshots'], 'seed-paths': ['seeds'] } as const;
const Folders = z.array(z.string()).optional();

const Project = z.looseObject({
  'model-paths': Folders,
  'snapshot-paths': Folders,
  'seed-paths': Folders,
  vars: z.looseObject({ sluice: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  models: z.looseObject({ sluice: z.looseObject({ '+enabled': z.unknown() }).nullish() }).nullish(),
});

interface ReadProject {
  readonly settings: readonly string[];
  /** False where the project has switched the models of the package off. */
  readonly hasGraph: boolean;
  /** Below the project. */
  readonly folders: readonly string[];
}

async function readProject(projectDir: string): Promise<ReadProject> {
  const { data } = Project.safeParse(await readYaml(join(projectDir, 'dbt_project.yml')));
  return {
    settings: Object.keys(data?.vars?.sluice ?? {}),
    hasGraph: data?.models?.sluice?.['+enabled'] !== false,
    folders: (Object.keys(FOLDERS) as (keyof typeof FOLDERS)[]).flatMap((name) => data?.[name] ?? FOLDERS[name]),
  };
}

/** Undefined for what is no YAML: dbt says so better. */
async function readYaml(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return parse(text);
  } catch {
    // Templates in a yml may be no YAML before dbt has rendered them.
    return undefined;
  }
}

/** ClickHouse writes `JSON(max_dynamic_paths=0)` and we do not. */
const withoutSpaces = (type: string) => type.replaceAll(' ', '');
