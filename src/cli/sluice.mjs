#!/usr/bin/env node
// The `sluice` command on whatever Node the machine has: the program itself is TypeScript and runs on the project's own Node 24, with its
// own limits of memory.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../node-flags.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const own = join(root, 'node_modules', '.bin', 'node');
const isOwnNeeded = Number(process.versions.node.split('.')[0]) < 24;

if (isOwnNeeded && !existsSync(own)) {
  console.error(`sluice needs its own Node 24, which is not installed yet. Run: npm run setup   (in ${root})`);
  process.exit(3);
}
const program = spawn(isOwnNeeded ? own : process.execPath, [...NODE_FLAGS, join(root, 'src', 'main.ts'), ...process.argv.slice(2)], {
  // The channel tells the program that this process has ended, whatever ended it: see main.ts.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
// A terminal sends Ctrl-C to both; what is sent to this process alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => program.kill('SIGTERM')).on('SIGHUP', () => program.kill('SIGHUP'));
program.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
