#!/usr/bin/env node
// The `sluice` command on whatever Node the machine has: the program itself runs on the Node 24 that came with the packages, with its own
// limits of memory. In a clone the program is TypeScript; in an installation, dist/ holds what was made of it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_NODE = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const isClone = existsSync(join(root, 'src', 'main.ts'));
const code = isClone ? join(root, 'src') : join(root, 'dist', 'src');

const node = Number(process.versions.node.split('.')[0]) >= NEEDED_NODE ? process.execPath : ownNode();
if (node === undefined) {
  const mend = isClone
    ? `Run: npm run setup   (in ${root})`
    : 'Install it from https://nodejs.org, or Sluice again with its optional packages.';
  console.error(`sluice needs Node ${NEEDED_NODE}, and this is ${process.versions.node}. ${mend}`);
  process.exit(3);
}
const program = spawn(node, [...(await nodeFlags()), join(code, isClone ? 'main.ts' : 'main.js'), ...process.argv.slice(2)], {
  // The channel tells the program that this process has ended, whatever ended it: see main.ts.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
// A terminal sends Ctrl-C to both; what is sent to this process alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => program.kill('SIGTERM')).on('SIGHUP', () => program.kill('SIGHUP'));
program.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));

/** The optional packages node-…-<platform>-<arch> bring it. npm puts them beside this package or below it: Node's own search finds both. */
function ownNode() {
  const require = createRequire(import.meta.url);
  const { optionalDependencies } = require(join(root, 'package.json'));
  const name = Object.keys(optionalDependencies).find((name) => name.endsWith(`-${process.platform}-${process.arch}`));
  try {
    const manifest = require.resolve(`${name}/package.json`);
    return join(dirname(manifest), require(manifest).bin.node);
  } catch {
    // Not installed. A clone on a machine for which there is none may have a link to another Node.
    const linked = join(root, 'node_modules', '.bin', 'node');
    return existsSync(linked) ? linked : undefined;
  }
}

/** The heap that SLUICE_HEAP_MB asks for, also in .env: where that file can be read, which Node before 20.12 cannot; what is wrong with it the program says. */
async function nodeFlags() {
  const { nodeFlags } = await import(join(code, 'node-flags.mjs'));
  try {
    const { readEnvironmentFile } = await import(join(code, 'project-folder.mjs'));
    return nodeFlags({ ...process.env, ...readEnvironmentFile(process.env, process.cwd()) });
  } catch {
    return nodeFlags(process.env);
  }
}
