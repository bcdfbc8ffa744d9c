/** Part of `npm run check`: no hand-written file is longer than a person can hold in the head. Longer ones are split by concern, not by number. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const maxLines = 400;

/** Written by a program or by somebody else, or a list to look things up in: nobody reads them top-down. */
const notOurs =
  /^(package-lock\.json|LICENSE|CHANGELOG\.md|docs\/(configuration|errors)\.md|sql\/seeds\/|src\/store\/migrations\/|scripts\/requirements|test\/fixtures\/|test\/segments\/golden\/sentences)/;

const root = join(import.meta.dirname, '..');
// Tracked and new files, without what .gitignore leaves out and without what is deleted but not yet committed.
const git = (...args: string[]) =>
  execFileSync('git', ['-C', root, 'ls-files', '-z', ...args], { encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
const deleted = new Set(git('--deleted'));
const files = git('--cached', '--others', '--exclude-standard').filter((file) => !notOurs.test(file) && !deleted.has(file));

const tooLong = files
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length }))
  .filter(({ lines }) => lines > maxLines);

for (const { file, lines } of tooLong) console.error(`${file} has ${lines} lines; the limit is ${maxLines}. Split it by concern.`);
process.exitCode = tooLong.length > 0 ? 1 : 0;
