/** The restricted users on a server that is not ours: made when the owner may do so, otherwise the SQL for an administrator. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { CdpError } from '../errors.ts';
import { type HashedLogin, limitsFor, type RestrictedRole, type ShownLogin, userSql } from '../sql/access.ts';
import type { WarehouseClient } from './client.ts';
import { halfOf } from './connect.ts';
import { errors } from './errors.ts';
import { defineQuery, defineStatement } from './query.ts';

/** The users that the service logs in as. `sluice bi --create` makes the user of BI tools. */
const ROLES = ['reader', 'publisher'] as const;
type ServiceRole = (typeof ROLES)[number];

const NO_PARAMS = z.object({});
const NAMES = z.object({ names: z.array(z.string()) });
const NAME = z.object({ name: z.string() });

const existingUsers = defineQuery({
  name: 'warehouse.users',
  sql: 'select name from system.users where name in {names:Array(String)}',
  params: NAMES,
  row: NAME,
});

const serverThreads = defineQuery({
  name: 'warehouse.server_threads',
  sql: "select getSetting('max_threads') as threads",
  params: NO_PARAMS,
  row: z.object({ threads: z.coerce.number() }),
});

const knownSettings = defineQuery({
  name: 'warehouse.known_settings',
  sql: 'select name from system.settings where name in {names:Array(String)}',
  params: NAMES,
  row: NAME,
});

/** @throws CdpError `warehouse.users` with the SQL, or `warehouse.auth` when a password is not set. */
export async function ensureUsers(owner: WarehouseClient, config: Config): Promise<void> {
  const logins = loginsOf(config);
  const missing = await missingRoles(owner, logins);
  if (missing.length === 0) return;

  const statements = await statementsFor(owner, config);
  try {
    for (const role of missing) {
      for (const sql of statements(role, hashed(logins[role]))) {
        await owner.run(defineStatement({ name: 'warehouse.create_user', sql, params: NO_PARAMS }), {});
      }
    }
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    const sql = missing.flatMap((role) => statements(role, { ...logins[role], password: '<password>' }));
    const names = missing.map((role) => logins[role].user).join(' and ');
    throw errors.users(`${config.CLICKHOUSE_USER} may not create ${names}. The SQL to run:\n\n${sql.join(';\n')};`, { cause });
  }
}

/** The statements that make the user of BI tools, with `<password>` in place of its password. */
export async function biStatements(owner: WarehouseClient, config: Config): Promise<readonly string[]> {
  return (await statementsFor(owner, config))('bi', { user: config.CLICKHOUSE_BI_USER, password: '<password>' });
}

/** Repeating it changes nothing but grants. @throws CdpError `warehouse.users` with the SQL when the owner may not create the user. */
export async function createBiUser(owner: WarehouseClient, config: Config, password: string): Promise<void> {
  const user = config.CLICKHOUSE_BI_USER;
  const statements = await statementsFor(owner, config);
  try {
    for (const sql of statements('bi', hashed({ user, password }))) {
      await owner.run(defineStatement({ name: 'warehouse.create_user', sql, params: NO_PARAMS }), {});
    }
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    const sql = statements('bi', { user, password: '<password>' }).join(';\n');
    throw errors.users(`${config.CLICKHOUSE_USER} may not create ${user}. The SQL to run:\n\n${sql};`, { cause });
  }
}

/** Whether the server has the user; undefined when the owner may not look. */
export async function hasUser(owner: WarehouseClient, name: string): Promise<boolean | undefined> {
  try {
    return (await owner.ask(existingUsers, { names: [name] })).length > 0;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

type Login = ShownLogin;

const hashed = ({ user, password }: Login): HashedLogin => ({ user, passwordSha256: createHash('sha256').update(password).digest('hex') });

function loginsOf(config: Config): Record<ServiceRole, Login> {
  const passwords = { reader: config.CLICKHOUSE_READER_PASSWORD, publisher: config.CLICKHOUSE_PUBLISHER_PASSWORD };
  const login = (role: ServiceRole, user: string): Login => {
    const password = passwords[role];
    if (password !== undefined) return { user, password };
    const name = `CLICKHOUSE_${role.toUpperCase()}_PASSWORD`;
    throw errors.auth(`CLICKHOUSE_URL is set, and ${name} is not.`, {
      hint: `Choose a password and set ${name}: the user ${user} is created with it when ${config.CLICKHOUSE_USER} may do that.`,
    });
  };
  return { reader: login('reader', config.CLICKHOUSE_READER_USER), publisher: login('publisher', config.CLICKHOUSE_PUBLISHER_USER) };
}

async function missingRoles(owner: WarehouseClient, logins: Record<ServiceRole, Login>): Promise<ServiceRole[]> {
  try {
    const rows = await owner.ask(existingUsers, { names: ROLES.map((role) => logins[role].user) });
    return ROLES.filter((role) => !rows.some((row) => row.name === logins[role].user));
  } catch (error) {
    // The owner may not even look at users: the log-in that follows shows whether they exist.
    if (isRefusal(error)) return [];
    throw error;
  }
}

/** An older server does not know every setting that we fix, and one unknown setting would refuse the whole statement. */
async function statementsFor(
  owner: WarehouseClient,
  config: Config,
): Promise<(role: RestrictedRole, login: Login | HashedLogin) => readonly string[]> {
  const [server] = await owner.ask(serverThreads, {});
  const limits = {
    maxSeconds: config.SLUICE_SEGMENT_TIMEOUT_SECONDS,
    maxMemoryMb: config.SLUICE_MAX_QUERY_MEMORY_MB,
    maxUserMemoryMb: 2 * config.SLUICE_MAX_QUERY_MEMORY_MB,
    maxRows: config.SLUICE_MAX_QUERY_ROWS,
    maxThreads: config.SLUICE_READER_THREADS ?? halfOf(server?.threads ?? 1),
  };
  const names = limitsFor('reader', limits).map((limit) => limit.name);
  const known = new Set((await owner.ask(knownSettings, { names })).map((row) => row.name));
  return (role, login) =>
    userSql(
      role,
      login,
      config.SLUICE_DATABASE_PREFIX,
      limitsFor(role, limits).filter((limit) => known.has(limit.name)),
      role === 'bi' ? config.SLUICE_BI_DATABASES : [],
    );
}

/** 497: the right is missing. 514: users come from a file on that server and cannot be created by SQL. */
function isRefusal(error: unknown): boolean {
  return error instanceof CdpError && (error.context.clickhouse_code === 497 || error.context.clickhouse_code === 514);
}
