/** How a project refers to the product: the path of the dbt package, and the dependency in its package.json. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { PRODUCT } from '../product.ts';
import { PRODUCT_NAME } from '../project-folder.mjs';

const PackageJson = z.looseObject({
  name: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

/**
 * The path from the project to the dbt package, relative so that both may move together. Below `node_modules` the folder is named as it is found
 * there: package managers link it to one whose name has the version in it.
 *
 * @param projectDir absolute; it need not be there yet.
 */
export function packagePath(projectDir: string): string {
  const from = realPathOf(projectDir);
  const product = realpathSync(PRODUCT.root);
  for (const folder of upwards(from)) {
    const installed = join(folder, 'node_modules', PRODUCT_NAME);
    if (existsSync(installed) && realpathSync(installed) === product) return relative(from, installed);
  }
  return relative(from, product);
}

/** The folder of the nearest package.json, at or above the project, that depends on the product; in a clone, the product's own. */
export function dependingFolder(projectDir: string): string | undefined {
  return [...upwards(realPathOf(projectDir))].find((folder) => {
    const found = readPackageJson(folder);
    return found !== undefined && (found.name === PRODUCT_NAME || PRODUCT_NAME in { ...found.dependencies, ...found.devDependencies });
  });
}

/** The version that a package.json of the project must ask for: the installed one, or the folder of a clone. */
export function dependencyOf(projectDir: string): string {
  return PRODUCT.isClone ? `file:${relative(realPathOf(projectDir), realpathSync(PRODUCT.root))}` : PRODUCT.version;
}

/** Without symbolic links, also for a folder that does not exist yet: `..` leads up from the real place. */
export function realPathOf(path: string): string {
  const absolute = resolve(path);
  return existsSync(absolute) ? realpathSync(absolute) : join(realPathOf(dirname(absolute)), relative(dirname(absolute), absolute));
}

function* upwards(folder: string): Generator<string> {
  yield folder;
  if (dirname(folder) !== folder) yield* upwards(dirname(folder));
}

/** Undefined when there is none that can be read. */
function readPackageJson(folder: string): z.output<typeof PackageJson> | undefined {
  try {
    return PackageJson.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  } catch {
    return undefined;
  }
}
