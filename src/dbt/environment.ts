/** Which profiles.yml dbt reads, and the environment variables for it. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { PRODUCT } from '../product.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

/** The profile that dbt uses, given by the variables that dbt itself reads. */
export interface Profile {
  /** Folder of profiles.yml. */
  readonly DBT_PROFILES_DIR: string;
  readonly DBT_PROFILE?: string;
  readonly DBT_TARGET?: string;
}

/**
 * The project's own profile where dbt finds one (DBT_PROFILES_DIR, else the project's folder, else ~/.dbt), with its target. Otherwise our
 * own profile, which connects to the warehouse of the service.
 */
export function profileOf(
  { projectDir, SLUICE_DBT_TARGET: target }: Pick<Config, 'projectDir' | 'SLUICE_DBT_TARGET'>,
  environment: NodeJS.ProcessEnv = process.env,
): Profile {
  const ofTarget = target === undefined ? {} : { DBT_TARGET: target };
  const home = join(environment.HOME || homedir(), '.dbt');
  const dir = environment.DBT_PROFILES_DIR || (existsSync(join(projectDir, 'profiles.yml')) ? projectDir : home);
  const name = environment.DBT_PROFILE || Project.safeParse(yamlAt(join(projectDir, 'dbt_project.yml'))).data?.profile;
  const profiles = Profiles.safeParse(yamlAt(join(dir, 'profiles.yml'))).data;
  // Only dbt can read a name that is made by a template.
  if (profiles && name !== undefined && (name in profiles || name.includes('{{'))) return { DBT_PROFILES_DIR: resolve(dir), ...ofTarget };
  return { DBT_PROFILES_DIR: PRODUCT.root, DBT_PROFILE: 'sluice', ...ofTarget };
}

const Project = z.looseObject({ profile: z.string().optional() });
const Profiles = z.record(z.string(), z.unknown());

/** Undefined for a file that does not exist or is not YAML: dbt reports what is wrong with it. */
function yamlAt(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Where dbt reads and writes. */
export type DbtTarget = Pick<Warehouse, 'dbtConnection' | 'prefix' | 'rawSource'>;

/** The variables that profiles.yml and the macros read with `env_var`. */
export function dbtVariables({ dbtConnection, prefix, rawSource }: DbtTarget): Record<string, string> {
  return {
    SLUICE_DBT_HOST: dbtConnection.host,
    SLUICE_DBT_PORT: String(dbtConnection.port),
    SLUICE_DBT_USER: dbtConnection.user,
    SLUICE_DBT_PASSWORD: dbtConnection.password,
    SLUICE_DBT_SECURE: String(dbtConnection.secure),
    SLUICE_DBT_SETTINGS: JSON.stringify(dbtConnection.settings),
    SLUICE_DATABASE_PREFIX: prefix,
    SLUICE_RAW_DATABASE: rawSource,
  };
}
