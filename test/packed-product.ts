/**
 * The product as `npm pack` makes it, installed in a folder elsewhere. To take a second and no network, the tarball is unpacked where npm
 * would put it, and the packages that package.json asks of an installation are links into this repository's node_modules: those that only
 * development needs are not there. `npm run try-package` lets npm install the same tarball.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { PRODUCT } from '../src/product.ts';

const run = promisify(execFile);

export interface PackedProduct {
  /** Where a person would have typed `npm install`. */
  readonly folder: string;
  /** node_modules/@sluice-data/sluice in it. */
  readonly root: string;
  /** What package.json names as `bin`. */
  readonly launcher: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

const PackageJson = z.object({
  bin: z.object({ sluice: z.string() }),
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

export async function packedProduct(): Promise<PackedProduct> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-packed-')));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: PRODUCT.root, maxBuffer: 16 * 1024 * 1024 });
  const [{ filename, files }] = Packed.parse(JSON.parse(stdout));
  const root = join(folder, 'node_modules', '@sluice-data', 'sluice');
  await mkdir(root, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', root, '--strip-components=1']);
  const { bin, dependencies, optionalDependencies } = PackageJson.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) await linkPackage(folder, name);
  return {
    folder,
    root,
    launcher: join(root, bin.sluice),
    files: files.map(({ path }) => path),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A link, also where the package is not for this machine and leads nowhere: Node then finds nothing, as it should. */
async function linkPackage(folder: string, name: string): Promise<void> {
  const link = join(folder, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(join(PRODUCT.root, 'node_modules', name), link);
}

/** Writes `files` by their paths below `folder`. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
