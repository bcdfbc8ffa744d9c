/** Makes dist/ for `npm pack`: JavaScript from src/ and connectors/, and what they read beside them. Built aside and renamed, so it is whole. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const aside = join(root, `dist.${process.pid}`);
const dist = join(root, 'dist');

/** The launcher stays where package.json names it; it is no part of the program. */
const LAUNCHER = 'src/cli/sluice.mjs';
/** Read beside the code that reads them. */
const READ_BESIDE = ['src/dbt/*.py', 'src/store/migrations/**/*.{sql,json}', 'connectors/*/*.md'];

try {
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.pack.json', '--outDir', aside], {
    cwd: root,
    // npm prints the result of `npm pack --json` on stdout.
    stdio: ['ignore', 2, 2],
  });
  for (const file of globSync(READ_BESIDE, { cwd: root })) {
    mkdirSync(dirname(join(aside, file)), { recursive: true });
    cpSync(join(root, file), join(aside, file));
  }
  rmSync(join(aside, LAUNCHER));
  rmSync(dist, { recursive: true, force: true });
  renameSync(aside, dist);
} finally {
  rmSync(aside, { recursive: true, force: true });
}
