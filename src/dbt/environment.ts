/** The variables that lead profiles.yml to the warehouse. */
import type { Warehouse } from '../warehouse/warehouse.ts';

/** What profiles.yml and the macros read with `env_var`. */
export function dbtVariables({ dbtConnection, prefix }: Pick<Warehouse, 'dbtConnection' | 'prefix'>): Record<string, string> {
  return {
    SLUICE_DBT_HOST: dbtConnection.host,
    SLUICE_DBT_PORT: String(dbtConnection.port),
    SLUICE_DBT_USER: dbtConnection.user,
    SLUICE_DBT_PASSWORD: dbtConnection.password,
    SLUICE_DBT_SECURE: String(dbtConnection.secure),
    SLUICE_DBT_SETTINGS: JSON.stringify(dbtConnection.settings),
    SLUICE_DATABASE_PREFIX: prefix,
  };
}
