/**
 * Writes the documents that are derived from code: `npm run gen`. With `--check` (part of `npm run check`) writes nothing and fails,
 * naming each file that no longer says what the code says.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { apiPage } from './generated/api-page.ts';
import { configurationPage } from './generated/configuration-page.ts';
import { errorsPage } from './generated/errors-page.ts';
import { sentencesPage } from './generated/sentences-page.ts';

interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  render(root: string): Promise<string>;
}

/** A new generated file is one more line here. */
const files: readonly GeneratedFile[] = [
  { path: 'docs/api.md', render: apiPage },
  { path: 'docs/configuration.md', render: configurationPage },
  { path: 'docs/errors.md', render: errorsPage },
  { path: 'docs/segments-sentences.md', render: sentencesPage },
];

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');

const drifted: string[] = [];
for (const file of files) {
  const target = join(root, file.path);
  const wanted = await file.render(root);
  const current = await readFile(target, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (current === wanted) continue;
  drifted.push(file.path);
  if (isCheck) continue;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, wanted);
}

if (isCheck && drifted.length > 0) {
  console.error(`Not what the code says any more: ${drifted.join(', ')}. Run: npm run gen`);
  process.exitCode = 1;
} else {
  console.log(drifted.length > 0 ? `Written: ${drifted.join(', ')}` : `Up to date: ${files.map((file) => file.path).join(', ')}`);
}
