/** Where the product stands: the repository in a clone, the package's folder in an installation. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { PRODUCT_NAME } from './project-folder.mjs';

const PackageJson = z.object({ name: z.string().optional(), version: z.string().default('0.0.0') });

/** A clone runs TypeScript. Type stripping does not work below node_modules: an installation runs what `npm run pack` made of it, in dist/. */
const isClone = import.meta.url.endsWith('.ts');

export const PRODUCT: {
  /** Folder of package.json, the dbt package and its migrations. */
  readonly root: string;
  readonly version: string;
  readonly isClone: boolean;
} = { ...findRoot(dirname(fileURLToPath(import.meta.url))), isClone };

function findRoot(folder: string): { root: string; version: string } {
  const file = join(folder, 'package.json');
  const { name, version } = PackageJson.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  if (name === PRODUCT_NAME) return { root: folder, version };
  if (dirname(folder) === folder) throw new Error(`package.json of ${PRODUCT_NAME} is not above ${fileURLToPath(import.meta.url)}`);
  return findRoot(dirname(folder));
}

/**
 * The file of a program that is started as a process of its own: `programFile(new URL('./keeper.ts', import.meta.url))`. The compiler
 * renames what is imported, but not what a URL names.
 */
export function programFile(source: URL): string {
  const file = fileURLToPath(source);
  return isClone ? file : file.replace(/\.ts$/, '.js');
}
