/** The restricted users on a server that is not ours: created when the owner may, else the SQL that an administrator has to run. */
import * as z from 'zod';
import type { Config } from '../config.ts';
import { CdpError } from '../errors.ts';
import { type RestrictedRole, userSql } from './access.ts';
import type { WarehouseClient } from './client.ts';
import { errors } from './errors.ts';
import { defineQuery, defineStatement } from './query.ts';

/** Neither needs to be asked for a password by us: `sluice_bi` is created by whoever sets up the BI tool. */
type ServiceRole = Exclude<RestrictedRole, 'bi'>;

const existingUsers = defineQuery({
  name: 'warehouse.users',
  sql: 'select name from system.users where name in {names:Array(String)}',
  params: z.object({ names: z.array(z.string()) }),
  row: z.object({ name: z.string() }),
});

/** @throws CdpError `warehouse.users` that carries the SQL, or `warehouse.auth` when a password is not set. */
export async function ensureUsers(owner: WarehouseClient, config: Config): Promise<void> {
  const logins: Record<ServiceRole, { user: string; password: string | undefined }> = {
    reader: { user: config.CLICKHOUSE_READER_USER, password: config.CLICKHOUSE_READER_PASSWORD },
    publisher: { user: config.CLICKHOUSE_PUBLISHER_USER, password: config.CLICKHOUSE_PUBLISHER_PASSWORD },
  };
  const limits = { maxSeconds: config.SLUICE_SEGMENT_TIMEOUT_SECONDS, maxMemoryMb: config.SLUICE_MAX_QUERY_MEMORY_MB };
  const statementsFor = (role: ServiceRole, password: string) =>
    userSql(role, { user: logins[role].user, password }, config.SLUICE_DATABASE_PREFIX, limits);

  for (const role of ['reader', 'publisher'] as const) {
    if (logins[role].password === undefined) {
      const name = `CLICKHOUSE_${role.toUpperCase()}_PASSWORD`;
      throw errors.auth(`${name} is not set, and CLICKHOUSE_URL is.`, {
        hint: `Choose a password and set ${name}; the user is then created when CLICKHOUSE_USER may.`,
      });
    }
  }

  try {
    const names = Object.values(logins).map((login) => login.user);
    const existing = new Set((await owner.ask(existingUsers, { names })).map((row) => row.name));
    for (const role of ['reader', 'publisher'] as const) {
      const { user, password = '' } = logins[role];
      if (existing.has(user)) continue;
      for (const sql of statementsFor(role, password))
        await owner.run(defineStatement({ name: 'warehouse.create_user', sql, params: z.object({}) }), {});
    }
  } catch (cause) {
    if (!(cause instanceof CdpError) || !isRefusal(cause)) throw cause;
    const sql = (['reader', 'publisher'] as const).flatMap((role) => statementsFor(role, '<password>'));
    throw errors.users(`CLICKHOUSE_USER may not create the restricted users. The SQL to run:\n\n${sql.join(';\n')};`, { cause });
  }
}

/** 497: the right is missing. 514: no storage for users that can be written (users come from a file). */
const isRefusal = (error: CdpError) => error.context.clickhouse_code === 497 || error.context.clickhouse_code === 514;
