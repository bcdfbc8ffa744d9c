/** Reads the file of a list, which stands beside its document. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Attached } from '../../documents/kind.ts';
import type { Problem } from '../../documents/problem.ts';
import { valuesIn } from './values-in.ts';

/** Beside documents, names of files of these kinds are no mistake. */
export const FILES = /\.(csv|tsv|txt)$/i;

const MAX_BYTES = 500 * 1024 * 1024;

interface Named {
  readonly file?: unknown;
  readonly column?: unknown;
}

/** The document with what its file holds. @param folder of the document. */
export async function attachFile(document: Readonly<Record<string, unknown>>, folder: string): Promise<Attached> {
  const { content: _, ...written } = document;
  const { file, column } = document as Named;
  // Its shape is told where it is checked.
  if (typeof file !== 'string' || (column !== undefined && typeof column !== 'string')) return { document: written };
  const read = await readListFile(folder, file, column);
  if ('problem' in read) return { problems: [read.problem] };
  return { document: { ...written, content: { sha256: read.sha256, values: read.values.length } } };
}

export async function readListFile(
  folder: string,
  file: string,
  column: string | undefined,
): Promise<{ readonly sha256: string; readonly values: readonly string[] } | { readonly problem: Problem }> {
  const wrong = (message: string) => ({ problem: { path: ['file'], message } });
  if (basename(file) !== file || !FILES.test(file))
    return wrong(`${file} is no name of a file in the folder of the list: write its name alone, such as members.csv`);
  try {
    const path = join(folder, file);
    const real = await realpath(path);
    if (dirname(real) !== (await realpath(folder)))
      return wrong(`${file} is a link out of the folder of the list: put the file itself there`);
    const found = await stat(real);
    // Reading from a pipe or a device might never end.
    if (!found.isFile()) return wrong(`${file} is no file`);
    if (found.size > MAX_BYTES)
      return wrong(`${file} is larger than ${MAX_BYTES / 1024 / 1024} MB: make a table of it, and a model with a trait`);
    const bytes = await readFile(real);
    if (!isUtf8(bytes)) return wrong(`the characters of ${file} are not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)`);
    const values = valuesIn(bytes.toString(), column);
    if ('problem' in values) {
      const { at, problem: message, suggestions } = values;
      const told = at === 'file' ? `${file} ${message}` : message;
      return { problem: { path: [at], message: told, ...(suggestions ? { suggestions } : {}) } };
    }
    return { sha256: createHash('sha256').update(bytes).digest('hex'), values: values.values };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return wrong(code === 'ENOENT' ? `there is no file ${file} beside the document` : `${file} cannot be read (${code})`);
  }
}
