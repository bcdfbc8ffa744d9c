/**
 * Finds the project of the working folder and reads its .env.
 * Plain JavaScript without packages: the launcher (cli/sluice.mjs) reads it on the machine's own Node, before the program starts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

export const PRODUCT_NAME = '@sluice-data/sluice';

/** A .env that cannot be used. The message names file and line, never a value. */
export class EnvironmentFileProblem extends Error {}

/**
 * The folder of dbt_project.yml at or above the working folder. The product's own dbt_project.yml is that of a dbt package, not of a
 * project; but inside of a clone, where no project is nearer, the clone itself is taken for one.
 * @param {string} cwd
 * @returns {string | undefined}
 */
export function findProject(cwd) {
  /** @type {string | undefined} */
  let clone;
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'dbt_project.yml'))) {
      if (!isProduct(folder)) return folder;
      if (folder === ownFolder) clone = folder;
    }
    if (dirname(folder) === folder) return clone;
  }
}

/** Where this file lies in a clone; in an installation it lies in dist/ and this is no folder with a project. */
const ownFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} folder */
function isProduct(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === PRODUCT_NAME;
  } catch {
    // No package.json, or none of ours.
    return false;
  }
}

/**
 * The folder that SLUICE_PROJECT_DIR names, else the one that is found.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} cwd
 */
export function projectFolder(environment, cwd) {
  return environment.SLUICE_PROJECT_DIR ? resolve(cwd, environment.SLUICE_PROJECT_DIR) : findProject(cwd);
}

/**
 * The project's .env (or what SLUICE_ENV_FILE names instead), undefined without a project.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} cwd
 */
export function environmentFile(environment, cwd) {
  const project = projectFolder(environment, cwd);
  if (project === undefined) return undefined;
  return environment.SLUICE_ENV_FILE ? resolve(cwd, environment.SLUICE_ENV_FILE) : join(project, '.env');
}

/** In .env a relative path is meant from the project's folder. Of SLUICE_PYTHON a bare name is a command. */
const PATHS = ['SLUICE_DATA_DIR', 'SLUICE_PYTHON'];

/**
 * What .env says and the environment does not: a variable that the environment has, even an empty one, stays what it is.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} cwd
 * @returns {Record<string, string>}
 * @throws {EnvironmentFileProblem}
 */
export function readEnvironmentFile(environment, cwd) {
  const file = environmentFile(environment, cwd);
  const project = projectFolder(environment, cwd);
  if (file === undefined || project === undefined) return {};
  const values = parseEnv(readText(file, environment.SLUICE_ENV_FILE ? 'must exist' : 'may be absent'));
  for (const name of ['SLUICE_PROJECT_DIR', 'SLUICE_ENV_FILE']) {
    if (values[name]) throw new EnvironmentFileProblem(`${file} sets ${name}, which says where this file is: set it in the environment.`);
  }
  for (const name of PATHS) {
    const value = values[name];
    if (value && (name !== 'SLUICE_PYTHON' || value.includes('/'))) values[name] = resolve(project, value);
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value = '']) => (environment[name] === undefined ? [[name, value]] : [])),
  );
}

/**
 * @param {string} file
 * @param {'must exist' | 'may be absent'} rule
 */
function readText(file, rule) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && rule === 'may be absent') return '';
    throw new EnvironmentFileProblem(`${file} cannot be read${code === '' ? '' : ` (${code})`}.`);
  }
  const fault = firstFault(text);
  if (fault !== undefined) throw new EnvironmentFileProblem(`${file}:${fault.line} ${fault.reason}`);
  return text;
}

/**
 * Node's parser passes over what it does not understand, takes a quote that is not closed for part of the value, and ends a value at each #.
 * @param {string} text
 * @returns {{ line: number, reason: string } | undefined}
 */
function firstFault(text) {
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (/^\s*(#.*)?$/.test(line)) continue;
    const value = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*=\s*(?<value>.*)$/.exec(line)?.groups?.value;
    if (value === undefined) return { line: at + 1, reason: 'is not NAME=value, nor a comment that starts with #.' };
    const quote = /^["'`]/.exec(value)?.[0];
    if (quote === undefined && /\S#/.test(value)) {
      return { line: at + 1, reason: 'has a # in its value: put the value into quotes, or a space before the comment.' };
    }
    if (quote === undefined) continue;
    // A quoted value may go over several lines; after it only a comment may stand.
    const started = at;
    let rest = value.slice(1);
    while (!rest.includes(quote) && at + 1 < lines.length) {
      at += 1;
      rest = lines[at] ?? '';
    }
    const end = rest.indexOf(quote);
    if (end < 0 || !/^\s*(#.*)?$/.test(rest.slice(end + 1)))
      return { line: started + 1, reason: 'opens a quote that is not closed, or goes on behind it.' };
  }
  return undefined;
}
