/** The state of a dbt project's files, as a short text: equal as long as nothing that dbt reads has changed. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** Files beside the folders that change the result of parsing. */
const FILES = ['dbt_project.yml', 'profiles.yml', 'packages.yml', 'dependencies.yml', 'selectors.yml', '.env'];
/** The folders that dbt reads when dbt_project.yml names none. */
const DEFAULT_PATHS = {
  'model-paths': ['models'],
  'macro-paths': ['macros'],
  'test-paths': ['tests'],
  'seed-paths': ['seeds'],
  'snapshot-paths': ['snapshots'],
  'analysis-paths': ['analyses'],
} as const;

const Paths = z.looseObject(Object.fromEntries(Object.keys(DEFAULT_PATHS).map((name) => [name, z.array(z.string()).optional()])));
const Packages = z.object({ packages: z.array(z.looseObject({ local: z.string().optional() })).default([]) });

/**
 * Uses sizes and modification times, not contents: a few hundred `stat` calls take milliseconds, and editors and git always set the time.
 * Packages that packages.yml links to a folder count too. `variables` are what the project reads from the environment: another prefix
 * changes every name. `further` files are included too.
 */
export async function projectFingerprint(
  projectDir: string,
  variables: Readonly<Record<string, string>>,
  further: readonly string[] = [],
): Promise<string> {
  const paths = [...new Set([...(await filesOf(resolve(projectDir))), ...further])].sort();
  const hash = createHash('sha256').update(JSON.stringify(variables));
  for (const path of paths) {
    const file = await stat(path).catch(() => undefined);
    hash.update(`\n${path} ${file ? `${file.size} ${file.mtimeMs}` : 'absent'}`);
  }
  return hash.digest('hex').slice(0, 32);
}

/** @param seen projects on the path to this one: packages may link back. */
async function filesOf(projectDir: string, seen: ReadonlySet<string> = new Set()): Promise<string[]> {
  if (seen.has(projectDir)) return [];
  const declared = Paths.safeParse(await readYaml(join(projectDir, 'dbt_project.yml'))).data ?? {};
  const folders = Object.entries(DEFAULT_PATHS).flatMap(([name, paths]) => (declared[name] as string[] | undefined) ?? paths);
  const listed = await Promise.all(folders.map((folder) => filesBelow(join(projectDir, folder))));
  const packages = await localPackages(projectDir);
  const ofPackages = await Promise.all(packages.map((folder) => filesOf(folder, new Set([...seen, projectDir]))));
  return [...FILES.map((name) => join(projectDir, name)), ...listed.flat(), ...ofPackages.flat()];
}

async function localPackages(projectDir: string): Promise<string[]> {
  const files = await Promise.all(['packages.yml', 'dependencies.yml'].map((name) => readYaml(join(projectDir, name))));
  return files
    .flatMap((file) => Packages.safeParse(file).data?.packages ?? [])
    .flatMap(({ local }) => (local ? [resolve(projectDir, local)] : []));
}

/** Undefined for a file that does not exist or is not YAML: dbt reports what is wrong with it. */
async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
