/** Which profiles.yml dbt reads, and the variables that lead that to the warehouse. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { PRODUCT_DIR } from '../product.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

/** Folder of profiles.yml: the project's own where it has one, else ours, whose profile `sluice` leads to the warehouse of the service. */
export function profilesDirOf({ projectDir }: Pick<Config, 'projectDir'>): string {
  return existsSync(join(projectDir, 'profiles.yml')) ? projectDir : PRODUCT_DIR;
}

/** Where dbt reads and writes. */
export type DbtTarget = Pick<Warehouse, 'dbtConnection' | 'prefix' | 'rawSource'>;

/** What profiles.yml and the macros read with `env_var`. */
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
