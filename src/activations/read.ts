/** Reads `activations/<folder of the kind>/*.yml`: one document a file, each with a place to point at when something is wrong with it. */
import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { DocumentKind } from '../documents/kind.ts';
import { migrateDocument } from '../documents/migrations.ts';
import { nearest, type Problem } from '../documents/problem.ts';
import { readWritten, type Written } from '../documents/written.ts';
import { errors } from './errors.ts';
import type { Json } from './plan.ts';

export interface ActivationFile {
  readonly kind: string;
  readonly id: string;
  /** As this version of Sluice reads it. */
  readonly document: { readonly [key: string]: Json };
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
  /** The folder activations/; undefined where the documents were sent. */
  readonly path?: string;
}

const EXTENSION = /\.(ya?ml|json)$/;

/** @throws CdpError `activations.folder_missing`: an absent folder never means "remove everything". */
export async function readActivations(
  projectDir: string,
  kinds: readonly Pick<DocumentKind, 'kind' | 'folder' | 'migrations' | 'attachments'>[],
): Promise<Activations> {
  const folder = join(projectDir, 'activations');
  const folders = kinds.map((kind) => kind.folder);
  const problems: FileProblem[] = [];
  const texts: ActivationText[] = [];
  const shown = (path: string) => relative(projectDir, path);

  for (const name of await entries(folder)) {
    const declared = kinds.find((candidate) => candidate.folder === name);
    if (declared === undefined) {
      const message = `is not read: activations are in the folders ${folders.join(', ')}.`;
      problems.push({ path: [], file: shown(join(folder, name)), message, suggestions: nearest(name, folders) });
      continue;
    }
    for (const entry of await entries(join(folder, name))) {
      const path = join(folder, name, entry);
      if (declared.attachments?.names.test(entry)) continue;
      if (!EXTENSION.test(entry)) {
        problems.push({ path: [], file: shown(path), message: 'is not read: the name of an activation ends in .yml, .yaml or .json.' });
        continue;
      }
      const read = await textOf(path);
      if ('text' in read) texts.push({ kind: declared, file: shown(path), text: read.text });
      else problems.push({ path: [], file: shown(path), message: read.problem });
    }
  }
  const collected = collect(texts);
  const files: ActivationFile[] = [];
  for (const file of collected.files) {
    const kind = kinds.find((one) => one.kind === file.kind);
    const attached = await kind?.attachments?.attach(file.document, join(folder, kind.folder));
    if (attached && 'problems' in attached)
      problems.push(...file.written.locate(attached.problems).map((one) => ({ ...one, file: file.file })));
    files.push(attached && 'document' in attached ? { ...file, document: attached.document as ActivationFile['document'] } : file);
  }
  return { files, problems: [...problems, ...collected.problems], path: folder };
}

/** One file that cannot be read keeps the others from being applied, and none from being checked. */
async function textOf(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    // Reading from a pipe or a device might never end.
    if (!(await stat(path)).isFile()) return { problem: 'is not read: it is no file.' };
    const bytes = await readFile(path);
    return isUtf8(bytes) ? { text: bytes.toString() } : { problem: 'is not read: its characters are not UTF-8. Save it as UTF-8.' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { problem: `cannot be read (${code}).` };
  }
}

export interface ActivationText {
  readonly kind: Pick<DocumentKind, 'kind' | 'migrations'>;
  /** As a person finds it. */
  readonly file: string;
  readonly text: string;
}

export function collect(texts: readonly ActivationText[]): Activations {
  const problems: FileProblem[] = [];
  const files: ActivationFile[] = [];
  for (const { kind, file, text } of texts) {
    const written = readWritten(text);
    const id = idOf(written.value);
    const migrated = id === undefined ? undefined : migrateDocument(kind, written.value as Readonly<Record<string, unknown>>);
    if (id !== undefined && migrated?.ok) {
      const document = migrated.document as ActivationFile['document'];
      files.push({ kind: kind.kind, id, document, version: migrated.from, file, written, text });
    } else if (migrated?.ok === false) problems.push(...written.locate([migrated.problem]).map((problem) => ({ ...problem, file })));
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
  const [problem] = written.locate([{ path: ['id'], message: whatIsWithoutId(written.value) }]);
  return problem as Problem;
}

function whatIsWithoutId(value: unknown): string {
  const example = 'a stable name such as loyal-lapsing, by which everything else refers to this document.';
  if (value === null || value === undefined) return `is missing, for the document is empty: it begins with ${example}`;
  if (typeof value !== 'object' || Array.isArray(value))
    return `is missing, for the document is ${Array.isArray(value) ? 'a list' : 'a single value'}: a file is one document of names and values, with ${example}`;
  const { id } = value as { readonly id?: unknown };
  if (id === undefined) return `is missing: ${example}`;
  return `is ${id === null || id === '' ? 'empty' : 'no text'}: ${example}`;
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
