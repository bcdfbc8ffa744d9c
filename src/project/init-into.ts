/** `sluice init --into DIR`: adds Sluice to an existing dbt project. Adds lines and files, and changes nothing else. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PRODUCT } from '../product.ts';
import { readMapping, withEntry } from './compile-yaml.ts';
import { errors } from './errors.ts';
import type { FileOutcome, InitOutcome } from './outcome.ts';
import { packagePath, realPathOf } from './package-place.ts';
import { filledIn, readPart } from './template.ts';

export interface IntoRequest {
  readonly dir: string;
  /** Switches the models of the package off, for a company whose customers have a key of their own. */
  readonly isWithoutIdentity: boolean;
  readonly isDryRun: boolean;
}

interface Change extends FileOutcome {
  /** The text to write; undefined when nothing is to be written. */
  readonly text?: string;
}

/** @throws CdpError of the room `project`, before anything is written. */
export async function initInto({ dir, isWithoutIdentity, isDryRun }: IntoRequest): Promise<InitOutcome> {
  const projectDir = realPathOf(dir);
  const changes = [
    await addSettings(projectDir, isWithoutIdentity),
    await addPackage(projectDir),
    await ignoreFiles(projectDir),
    await addExample(projectDir),
    ...['destinations', 'segments', 'syncs'].map((name) => addFolder(projectDir, join('activations', name))),
  ];
  for (const { path, text } of isDryRun ? [] : changes) {
    if (text === undefined) continue;
    await mkdir(dirname(join(projectDir, path)), { recursive: true });
    await writeFile(join(projectDir, path), text);
  }
  return {
    projectDir,
    packagePath: packagePath(projectDir),
    isDryRun,
    files: changes.map(({ path, did, what }) => ({ path, did, what })),
    next: nextSteps(isWithoutIdentity),
  };
}

function nextSteps(isWithoutIdentity: boolean): string[] {
  const docs = 'docs/your-project.md of Sluice';
  return isWithoutIdentity
    ? [
        'The models of the package are off. Say which model of yours has one row per person, and which columns may be segmented by, in its yml:',
        '  meta: { sluice: { entity: person, key: <its key> } }    and at each such column    meta: { sluice: { trait: true } }',
        `${docs}, "Your own key of a person", has an example.`,
      ]
    : [
        `Say in the yml of your models what their columns are (who is who, facts, orders): ${docs}, "An existing dbt project".`,
        'Then: sluice build',
      ];
}

/** The package in packages.yml, or in dependencies.yml where the project has that one. */
async function addPackage(projectDir: string): Promise<Change> {
  const path =
    existsSync(join(projectDir, 'dependencies.yml')) && !existsSync(join(projectDir, 'packages.yml')) ? 'dependencies.yml' : 'packages.yml';
  const wanted = packagePath(projectDir);
  const text = await readText(join(projectDir, path));
  if (text === undefined) {
    return {
      path,
      did: 'created',
      what: `the package sluice, at ${wanted}`,
      text: filledIn(await readPart('skeleton/packages.yml'), { PACKAGE: wanted }),
    };
  }
  const packages = readFileMapping(path, text).packages ?? [];
  for (const item of Array.isArray(packages) ? packages : []) {
    const given = sluicePackage(projectDir, item);
    if (given === undefined) continue;
    if (given.isOurs) return { path, did: 'unchanged', what: 'has the package sluice' };
    throw errors.package_taken(`${path} has a package sluice already: ${given.named}. This one is at ${wanted}`);
  }
  const added = addedOrRefused(path, text, 'packages', `- local: ${wanted}\n`);
  return { path, did: 'changed', what: `+ the package sluice, at ${wanted}`, text: added };
}

/** Whether an item of packages.yml is a package called sluice, and ours. */
function sluicePackage(projectDir: string, item: unknown): { readonly isOurs: boolean; readonly named: string } | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { local, package: hub, git, tarball, name } = item as Record<string, unknown>;
  if (typeof local === 'string') {
    const folder = resolve(projectDir, local);
    if (existsSync(folder) && realpathSync(folder) === realpathSync(PRODUCT.root)) return { isOurs: true, named: local };
    return nameOfPackage(folder) === 'sluice' || /(^|\/)sluice\/?$/.test(local) ? { isOurs: false, named: local } : undefined;
  }
  const named = [name, hub, git, tarball].find((text): text is string => typeof text === 'string' && /(^|[/:])sluice(\.git)?$/.test(text));
  return named === undefined ? undefined : { isOurs: false, named };
}

/** The block of settings and the flag in dbt_project.yml. */
async function addSettings(projectDir: string, isWithoutIdentity: boolean): Promise<Change> {
  const path = 'dbt_project.yml';
  const before = await readText(join(projectDir, path));
  if (before === undefined) throw errors.no_dbt_project(`There is no dbt_project.yml in ${projectDir}`);
  if (readFileMapping(path, before).name === 'sluice') throw errors.package_taken(`The project in ${projectDir} is called sluice itself`);
  const wanted: [name: string, entry: string][] = [
    ['vars', await readPart('into/vars.yml')],
    ['flags', await readPart('into/flags.yml')],
    ...(isWithoutIdentity
      ? [
          ['models', await readPart('into/models.yml')] satisfies [string, string],
          ['seeds', await readPart('into/seeds.yml')] satisfies [string, string],
        ]
      : []),
  ];
  let text = before;
  const what: string[] = [];
  let isLeft = false;
  for (const [name, entry] of wanted) {
    const there = readFileMapping(path, text)[name];
    for (const [key, value] of Object.entries(readMapping(entry) ?? {})) {
      const place = `${name}.${key}`;
      if (typeof there !== 'object' || there === null || !(key in there)) {
        text = addedOrRefused(path, text, name, entry);
        what.push(`+ ${place}`);
      } else if (!isDeepStrictEqual((there as Record<string, unknown>)[key], value)) {
        isLeft = true;
        what.push(`${place} is there already, with other content: left as it is`);
      } else {
        what.push(`has ${place}`);
      }
    }
  }
  if (text !== before) return { path, did: 'changed', what: what.join('; '), text };
  return { path, did: isLeft ? 'left' : 'unchanged', what: what.join('; ') };
}

/** .env, and the files that Sluice and dbt make: none of them belongs into git. */
async function ignoreFiles(projectDir: string): Promise<Change> {
  const path = '.gitignore';
  const before = await readText(join(projectDir, path));
  const plain = (line: string) => line.trim().replace(/^\/|\/$/g, '');
  const has = new Set((before ?? '').split('\n').map(plain));
  const missing = (await readPart('into/gitignore.txt')).split('\n').filter((line) => line !== '' && !has.has(plain(line)));
  if (missing.length === 0) return { path, did: 'unchanged', what: 'has all that it needs' };
  const end = before?.includes('\r\n') ? '\r\n' : '\n';
  const start = before === undefined || before === '' ? '' : before.endsWith('\n') ? before : before + end;
  return {
    path,
    did: before === undefined ? 'created' : 'changed',
    what: `+ ${missing.join(', ')}`,
    text: start + missing.map((line) => line + end).join(''),
  };
}

async function addExample(projectDir: string): Promise<Change> {
  const path = '.env.example';
  const text = await readPart('skeleton/dot.env.example');
  const there = await readText(join(projectDir, path));
  if (there === undefined) return { path, did: 'created', what: 'the settings of one machine', text };
  return there === text
    ? { path, did: 'unchanged', what: 'is there' }
    : { path, did: 'left', what: 'is there already, with other content: left as it is' };
}

/** A folder of activations, with a file by which git keeps it. */
function addFolder(projectDir: string, folder: string): Change {
  const path = join(folder, '.gitkeep');
  if (existsSync(join(projectDir, folder))) return { path: folder, did: 'unchanged', what: 'is there' };
  return { path, did: 'created', what: 'an empty folder', text: '' };
}

function readFileMapping(path: string, text: string): Readonly<Record<string, unknown>> {
  const mapping = readMapping(text);
  if (mapping === undefined)
    throw errors.cannot_add(`${path} is no YAML, or no mapping of names to values`, { hint: 'Mend it: `dbt parse` says where.' });
  return mapping;
}

function addedOrRefused(path: string, text: string, name: string, entry: string): string {
  const added = withEntry(text, name, entry);
  if (added !== undefined) return added;
  const lines = [
    `${name}:`,
    ...entry
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
  throw errors.cannot_add(`Nothing can be added to \`${name}\` in ${path} as it is written. Wanted there is:\n${lines}`);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** Undefined where there is no dbt package. */
function nameOfPackage(folder: string): unknown {
  const file = join(folder, 'dbt_project.yml');
  return existsSync(file) ? readMapping(readFileSync(file, 'utf8'))?.name : undefined;
}
