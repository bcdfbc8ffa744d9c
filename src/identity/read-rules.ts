/** Reads the identity rules from the project, or from a draft file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRODUCT } from '../product.ts';
import { errors } from './errors.ts';
import { defaultRulesOf, projectRulesOf, type RulesBlock, rulesOf } from './rules.ts';

/** The rules of the project, else those of the package. @throws CdpError `identity.unreadable_rules`. */
export async function readProjectRules(projectDir: string): Promise<RulesBlock> {
  const file = join(projectDir, 'dbt_project.yml');
  const own = projectRulesOf(await textOf(file), file);
  return own ?? defaultRulesOf(await textOf(SETTINGS_FILE), SETTINGS_FILE);
}

/** The defaults of the dbt package's settings. */
const SETTINGS_FILE = join(PRODUCT.root, 'sql/macros/settings.sql');

/** @throws CdpError `identity.unreadable_rules`. */
export async function readRules(file: string): Promise<RulesBlock> {
  return rulesOf(await textOf(file), file);
}

const textOf = (file: string) =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.unreadable_rules(`The file ${file} cannot be read`, { cause });
  });
