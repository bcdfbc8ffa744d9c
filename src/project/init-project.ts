/** `sluice init DIR`: a project of its own, which builds at once on an empty warehouse. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PRODUCT_NAME } from '../project-folder.mjs';
import { errors } from './errors.ts';
import type { FileOutcome, InitOutcome } from './outcome.ts';
import { dependencyOf, dependingFolder, packagePath, realPathOf } from './package-place.ts';
import { readTemplate, type Template } from './template.ts';

export interface InitRequest {
  readonly dir: string;
  readonly template: Template;
  readonly isDryRun: boolean;
}

/** Files that git, npm, dbt and Sluice make beside the files of a project; for folders, with all their content. */
const MADE_BY_OTHERS = [
  '.git',
  'node_modules',
  'package.json',
  'package-lock.json',
  '.venv',
  '.sluice',
  'dbt_packages',
  'package-lock.yml',
  'target',
  'logs',
  // Where the sync of each template writes its files.
  'exports',
];

/** @throws CdpError `project.not_empty` when the folder holds anything but the files that this call would write. */
export async function initProject({ dir, template, isDryRun }: InitRequest): Promise<InitOutcome> {
  const projectDir = realPathOf(dir);
  const files = await projectFiles(projectDir, template);
  await assertNothingElse(projectDir, files.wanted);
  const outcomes: FileOutcome[] = [];
  for (const [path, text] of [...files.wanted].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const target = join(projectDir, path);
    const isThere = (await readText(target)) !== undefined;
    outcomes.push({ path, did: isThere ? 'unchanged' : 'created', what: isThere ? 'is there already' : 'written' });
    if (isThere || isDryRun) continue;
    await mkdir(dirname(target), { recursive: true });
    // Another process may have written the file meanwhile: it stays.
    await writeFile(target, text, { flag: 'wx', mode: path === '.env' ? 0o600 : 0o666 });
  }
  return {
    projectDir,
    packagePath: packagePath(projectDir),
    isDryRun,
    files: outcomes,
    next: [...files.notes, `README.md has a tour. It begins in ${shown(projectDir)}:`, ...firstCommands(files.wanted)],
  };
}

async function projectFiles(projectDir: string, template: Template) {
  const words = {
    PROJECT: projectName(projectDir),
    PACKAGE: packagePath(projectDir),
    PRODUCT: PRODUCT_NAME,
    DEPENDENCY: dependencyOf(projectDir),
  };
  const wanted = new Map(await readTemplate(template, words));
  wanted.set('.env', wanted.get('.env.example') ?? '');
  const packageJson = wanted.get('package.json');
  wanted.delete('package.json');
  const depending = dependingFolder(projectDir);
  // A package.json that an earlier call has written is not one that brings the product along.
  const isOwn = depending === projectDir && (await readText(join(projectDir, 'package.json'))) === packageJson;
  if (packageJson === undefined || (depending !== undefined && !isOwn)) return { wanted, notes: [] };
  const isForeign = !isOwn && (await readText(join(projectDir, 'package.json'))) !== undefined;
  const asked = `${words.PRODUCT} (${words.DEPENDENCY})`;
  if (isForeign) return { wanted, notes: [`package.json does not have ${asked} among its dependencies: add it, and CI can install it.`] };
  wanted.set('package.json', packageJson);
  return {
    wanted,
    notes: [
      `No package.json above depends on Sluice, so the project has one that asks for ${asked}: run \`npm install --ignore-scripts\` there.`,
    ],
  };
}

/** dbt's names have letters, digits and _. Two names are reserved: our package's and dbt's own. */
function projectName(projectDir: string): string {
  const name = basename(projectDir)
    .normalize('NFKD')
    // `Läden` becomes `laden`: after decomposition the dots of the letter are a character of their own.
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z]/.test(name) && !/^(sluice|dbt(_.*)?)$/.test(name) ? name : `project_${name}`.replace(/_$/, '');
}

async function assertNothingElse(projectDir: string, wanted: ReadonlyMap<string, string>): Promise<void> {
  const others: string[] = [];
  for (const path of await filesBelow(projectDir)) {
    if (
      wanted.has(path) ? (await readText(join(projectDir, path))) === wanted.get(path) : MADE_BY_OTHERS.includes(path.split('/')[0] ?? '')
    )
      continue;
    others.push(path);
  }
  if (others.length === 0) return;
  const named = others.slice(0, 3).join(', ') + (others.length > 3 ? ` and ${others.length - 3} more` : '');
  throw errors.not_empty(`${shown(projectDir)} is not empty, and this is not what init writes: ${named}`, {
    context: { files: others.slice(0, 20) },
  });
}

async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw errors.not_empty(`${shown(folder)} is a file`);
    throw error;
  });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() && !MADE_BY_OTHERS.includes(path) ? filesBelow(folder, path) : [path];
    }),
  );
  return found.flat().sort();
}

/** The first lines of the tour, which the README of each template tells. */
function firstCommands(wanted: ReadonlyMap<string, string>): string[] {
  const tour = /```sh\n([\s\S]*?)```/.exec(wanted.get('README.md') ?? '')?.[1] ?? '';
  return tour
    .trim()
    .split('\n')
    .slice(0, 1)
    .map((line) => `  ${line}`);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

const shown = (projectDir: string) => relative(process.cwd(), resolve(projectDir)) || '.';
