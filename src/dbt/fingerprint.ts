/** The state of the dbt project's files, as a short text: equal as long as nothing that dbt reads has changed. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The `…-paths` of dbt_project.yml, and the files beside them that decide what is parsed. */
const FOLDERS = ['models', 'sql/macros', 'sql/tests', 'sql/seeds'];
const FILES = ['dbt_project.yml', 'profiles.yml', '.env'];

/**
 * Sizes and times of change, not contents: a few hundred `stat` calls take milliseconds, and editors and git always set the time.
 * `variables` are what the project reads from the environment: another prefix gives other names to everything.
 */
export async function projectFingerprint(projectDir: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const listed = await Promise.all(FOLDERS.map((folder) => filesBelow(join(projectDir, folder))));
  const paths = [...FILES.map((name) => join(projectDir, name)), ...listed.flat()].sort();
  const hash = createHash('sha256').update(JSON.stringify(variables));
  for (const path of paths) {
    const file = await stat(path).catch(() => undefined);
    hash.update(`\n${path} ${file ? `${file.size} ${file.mtimeMs}` : 'absent'}`);
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
