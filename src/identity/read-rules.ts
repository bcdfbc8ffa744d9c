/** Reads the identity rules from the project, or from a draft beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from './errors.ts';
import { type RulesBlock, rulesOf } from './rules.ts';

/** @throws CdpError `identity.unreadable_rules`. */
export async function readProjectRules(projectDir: string): Promise<RulesBlock> {
  return readRules(join(projectDir, 'dbt_project.yml'));
}

/** @throws CdpError `identity.unreadable_rules`. */
export async function readRules(file: string): Promise<RulesBlock> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.unreadable_rules(`The file ${file} cannot be read`, { cause });
  });
  return rulesOf(text, file);
}
