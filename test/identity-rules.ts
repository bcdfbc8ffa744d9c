/** Builds small dbt projects whose identity rules a test makes up. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import type { BuildResult } from '../src/dbt/result.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { copyOfProject, PROJECT_DIR, type ProjectCopy, testDbt } from './dbt.ts';

export type Yaml = string | number | boolean | null | readonly Yaml[] | YamlBlock;
export interface YamlBlock {
  readonly [key: string]: Yaml;
}

/** The smallest rules that hold. */
export const LEAST_RULES: YamlBlock = {
  entities: { person: { identifiers: { user_id: { priority: 1 }, email: { priority: 2, normalise: 'email' } } } },
};

/** A copy of the block with one value set; `path` is what the sentences of the errors call the place. */
export function withRule(path: string, value: Yaml, block: YamlBlock = LEAST_RULES): YamlBlock {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...block, [key]: value };
  const inner = block[key];
  return { ...block, [key]: withRule(rest.join('.'), value, isBlock(inner) ? inner : {}) };
}

const isBlock = (value: Yaml | undefined): value is YamlBlock => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rules of the demo's dbt_project.yml. */
export async function rulesOfProject(): Promise<YamlBlock> {
  const file = parse(await readFile(join(PROJECT_DIR, 'dbt_project.yml'), 'utf8'));
  const Rules = z.object({ vars: z.object({ sluice: z.object({ identity: z.record(z.string(), z.json()) }) }) });
  return Rules.parse(file).vars.sluice.identity;
}

export interface RulesProject {
  /** `identity` in place of the project's rules, and variables that the models of the test read. */
  readonly vars: YamlBlock;
  /** Files below models/. */
  readonly models?: Readonly<Record<string, string>>;
  /** A file of macros, as a user of Sluice adds one. */
  readonly macros?: string;
  /** Whether the repository's own models are there; default: no. */
  readonly withModels?: boolean;
  readonly select?: readonly string[];
}

/** @throws CdpError when dbt does not get as far as a build. */
export async function buildWithRules(warehouse: Warehouse, project: RulesProject): Promise<BuildResult> {
  const copy = await copyOfProject({ withModels: project.withModels ?? false });
  try {
    await setVariables(copy, project.vars);
    for (const [path, text] of Object.entries(project.models ?? {})) {
      await mkdir(dirname(join(copy.dir, 'models', path)), { recursive: true });
      await writeFile(join(copy.dir, 'models', path), text);
    }
    if (project.macros !== undefined) await writeFile(join(copy.packageDir, 'sql/macros/of_the_user.sql'), project.macros);
    const dbt = await testDbt(warehouse, { projectDir: copy.dir });
    try {
      return await dbt.build(project.select === undefined ? {} : { select: project.select });
    } finally {
      await dbt.close();
    }
  } finally {
    await copy.remove();
  }
}

async function setVariables(project: ProjectCopy, { identity, ...others }: YamlBlock): Promise<void> {
  const path = join(project.dir, 'dbt_project.yml');
  const file = z.looseObject({ vars: z.looseObject({ sluice: z.looseObject({}) }) }).parse(parse(await readFile(path, 'utf8')));
  await writeFile(
    path,
    stringify({
      ...file,
      vars: { ...file.vars, ...others, sluice: { ...file.vars.sluice, ...(identity === undefined ? {} : { identity }) } },
    }),
  );
}

/** Why each model failed; 'built' for the others. */
export const outcomesOf = (result: BuildResult) =>
  Object.fromEntries(result.models.map(({ name, error }) => [name, error?.message ?? 'built']));
