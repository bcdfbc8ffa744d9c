/** Finds where in the user's project the source of a dbt message is. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Path, Problem } from '../documents/problem.ts';
import { readWritten } from '../documents/written.ts';

export interface Place {
  /** Below the project. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Path of the project within its repository: `demo/project/`; '' when it is the root, or when there is no git. */
export async function prefixInRepository(projectDir: string): Promise<string> {
  const asked = await promisify(execFile)('git', ['rev-parse', '--show-prefix'], { cwd: projectDir }).catch(() => undefined);
  return asked?.stdout.trim() ?? '';
}

const IN_BRACKETS = /\(([^()\s]+\.(?:sql|ya?ml|csv|py|md))\)/;
const READING = /Error reading \S+: (\S+\.ya?ml)/;

/** The file and the line that a message of dbt's parser names. */
export function placeInMessage(projectDir: string, message: string): Place {
  const named = (IN_BRACKETS.exec(message) ?? READING.exec(message))?.[1];
  // dbt leaves out the models' folder when it cannot read a yml.
  const file = named === undefined ? undefined : [named, join('models', named)].find((path) => existsSync(join(projectDir, path)));
  if (file === undefined) return {};
  const line = /\bline (\d+)\b/.exec(message)?.[1];
  return { file, ...(line === undefined ? {} : { line: Number(line) }) };
}

/** The source line of a line of compiled SQL: known when the source has exactly the same line once. */
export async function placeOfCompiled(
  projectDir: string,
  file: string,
  compiledPath: string | null,
  compiledLine: number | null,
): Promise<Place> {
  if (compiledPath === null || compiledLine === null) return { file };
  const compiled = await linesOf(resolve(projectDir, compiledPath));
  const wanted = compiled[compiledLine - 1]?.trim();
  if (!wanted) return { file };
  const found = (await linesOf(join(projectDir, file))).flatMap((text, index) => (text.trim() === wanted ? [index + 1] : []));
  return found.length === 1 && found[0] !== undefined ? { file, line: found[0] } : { file };
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n');
}

/** The place of a model or its column in a yml file; the file alone when it does not name them. */
export async function placeInYml(projectDir: string, file: string, model: string | null, column: string | null): Promise<Place> {
  const text = await readFile(join(projectDir, file), 'utf8').catch(() => undefined);
  if (text === undefined || model === null) return { file };
  const written = readWritten(text);
  const path = pathOf(written.value, model, column);
  if (path === undefined) return { file };
  const [{ line, column: at } = {} as Problem] = written.locate([{ path, message: '' }]);
  return { file, ...(line === undefined ? {} : { line }), ...(at === undefined ? {} : { column: at }) };
}

/** The place where a yml beside `modelFile` describes the model or its column: faults of its meta are reported there. */
export async function placeOfMeta(projectDir: string, modelFile: string, model: string, column: string | null = null): Promise<Place> {
  const folder = dirname(modelFile);
  for (const name of (await readdir(join(projectDir, folder)).catch(() => [])).sort()) {
    if (!/\.ya?ml$/.test(name)) continue;
    const place = await placeInYml(projectDir, join(folder, name), model, column);
    if (place.line !== undefined) return place;
  }
  return { file: modelFile };
}

const GROUPS = ['models', 'snapshots', 'seeds', 'sources', 'unit_tests'] as const;

function pathOf(value: unknown, name: string, column: string | null): Path | undefined {
  for (const group of GROUPS) {
    const index = indexOf(listIn(value, group), name);
    if (index === undefined) continue;
    const columns = listIn(listIn(value, group)[index], 'columns');
    const at = column === null ? undefined : indexOf(columns, column);
    return at === undefined ? [group, index, 'name'] : [group, index, 'columns', at, 'name'];
  }
  return undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function indexOf(list: readonly unknown[], name: string): number | undefined {
  const index = list.findIndex((item) => typeof item === 'object' && item !== null && (item as { name?: unknown }).name === name);
  return index < 0 ? undefined : index;
}
