/** Reads `activations/{destinations,segments,syncs}/*.yml`: one document a file, each with a place to point at when something is wrong with it. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { migrateDocument } from '../documents/migrations.ts';
import { nearest, type Problem } from '../documents/problem.ts';
import { readWritten, type Written } from '../documents/written.ts';
import { errors } from './errors.ts';
import { type Json, KINDS, type Kind } from './plan.ts';

export interface ActivationFile {
  readonly kind: Kind;
  readonly id: string;
  /** As this version of Sluice reads it. */
  readonly document: Json;
  /** In which it is written. */
  readonly version: number;
  /** As a person finds it: relative to the project. */
  readonly file: string;
  readonly written: Written;
  /** As it stands in the file. */
  readonly text: string;
}

export interface FileProblem extends Problem {
  readonly file: string;
  /** Of the error that it came from, where it came from one: `syncs.secret_missing`. */
  readonly code?: string;
}

export interface Activations {
  readonly files: readonly ActivationFile[];
  /** Files that could not be read as a document with an id; the others are in `files` all the same. */
  readonly problems: readonly FileProblem[];
}

export const FOLDERS: Readonly<Record<Kind, string>> = { destination: 'destinations', segment: 'segments', sync: 'syncs' };
const EXTENSION = /\.(ya?ml|json)$/;

/** @throws CdpError `activations.folder_missing`: an absent folder never means "remove everything". */
export async function readActivations(projectDir: string, folder = join(projectDir, 'activations')): Promise<Activations> {
  const problems: FileProblem[] = [];
  const texts: { kind: Kind; file: string; text: string }[] = [];
  const shown = (path: string) => relative(projectDir, path);

  for (const name of await entries(folder)) {
    const kind = KINDS.find((candidate) => FOLDERS[candidate] === name);
    if (kind === undefined) {
      const message = `is not read: activations are in the folders ${Object.values(FOLDERS).join(', ')}.`;
      problems.push({ path: [], file: shown(join(folder, name)), message, suggestions: nearest(name, Object.values(FOLDERS)) });
      continue;
    }
    for (const entry of await entries(join(folder, name))) {
      const path = join(folder, name, entry);
      if (!EXTENSION.test(entry)) {
        problems.push({ path: [], file: shown(path), message: 'is not read: the name of an activation ends in .yml, .yaml or .json.' });
        continue;
      }
      texts.push({ kind, file: shown(path), text: await readFile(path, 'utf8') });
    }
  }
  const collected = collect(texts);
  return { files: collected.files, problems: [...problems, ...collected.problems] };
}

/** @param file as a person finds it. */
export function collect(texts: readonly { readonly kind: Kind; readonly file: string; readonly text: string }[]): Activations {
  const problems: FileProblem[] = [];
  const files: ActivationFile[] = [];
  for (const { kind, file, text } of texts) {
    const written = readWritten(text);
    const id = idOf(written.value);
    const migrated = id === undefined ? undefined : migrateDocument(kind, written.value as Readonly<Record<string, unknown>>);
    if (id !== undefined && migrated?.ok)
      files.push({ kind, id, document: migrated.document as Json, version: migrated.from, file, written, text });
    else if (migrated?.ok === false) problems.push(...written.locate([migrated.problem]).map((problem) => ({ ...problem, file })));
    else problems.push(...(written.problems.length > 0 ? written.problems : [noId(written)]).map((problem) => ({ ...problem, file })));
  }
  return { files, problems: [...problems, ...duplicates(files)] };
}

async function entries(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    throw errors.folder_missing(`There is no readable folder ${folder}`, { cause });
  }
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null ? (value as Record<string, unknown>).id : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function noId(written: Written): Problem {
  const [problem] = written.locate([
    { path: ['id'], message: 'is missing: a stable name such as loyal-lapsing, by which everything else refers to this document.' },
  ]);
  return problem as Problem;
}

function duplicates(files: readonly ActivationFile[]): FileProblem[] {
  const first = new Map<string, string>();
  return files.flatMap(({ kind, id, file, written }) => {
    const key = `${kind}/${id}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, file);
      return [];
    }
    return written.locate([{ path: ['id'], message: `${id} is the id of ${other} already.` }]).map((problem) => ({ ...problem, file }));
  });
}
