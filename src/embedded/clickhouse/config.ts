/** The two configuration files of the embedded ClickHouse server, as text. Pure. */
import {
  grantsFor,
  limitsFor,
  OUTSIDE_REACH,
  RESTRICTED_ROLES,
  type RestrictedRole,
  type Role,
  type UserLimits,
} from '../../warehouse/access.ts';

export interface ServerPaths {
  /** Ends with a slash: ClickHouse appends to it. */
  readonly data: string;
  readonly users: string;
}

/** @param memoryRatio share of the machine's memory that the server may use in all. */
export function serverXml(paths: ServerPaths, ports: { http: number; tcp: number }, memoryRatio: number): string {
  return `<clickhouse>
  <path>${xml(paths.data)}</path>
  <users_config>${xml(paths.users)}</users_config>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${ports.http}</http_port>
  <tcp_port>${ports.tcp}</tcp_port>
  <!-- Longer than any client keeps an idle socket, so that the server never closes one that is about to be used. -->
  <keep_alive_timeout>60</keep_alive_timeout>
  <!-- Sized for a laptop of 2 cores and 8 GB that runs other things too. -->
  <max_server_memory_usage_to_ram_ratio>${memoryRatio}</max_server_memory_usage_to_ram_ratio>
  <max_concurrent_queries>100</max_concurrent_queries>
  <!-- 8 minutes by default, for an UNDROP that nobody here needs: builds replace whole tables, and a laptop's disk is small. -->
  <database_atomic_delay_before_drop_table_sec>30</database_atomic_delay_before_drop_table_sec>
  <mark_cache_size>268435456</mark_cache_size>
  <!-- Views run as their creator unless they say otherwise: a published view must be readable by users who may not read what is below it. -->
  <ignore_empty_sql_security_in_create_view_query>0</ignore_empty_sql_security_in_create_view_query>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <partition_by>event_date</partition_by>
    <ttl>event_date + interval 14 day delete</ttl>
    <flush_interval_milliseconds>2000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
`;
}

const STARTER_FIXED = [...OUTSIDE_REACH, 'allow_experimental_ai_functions', 'max_memory_usage', 'max_untracked_memory', 'max_block_size'];

/**
 * Makes the `system` database one that is on disk, as `metadata/system.sql`. In local mode it is in memory otherwise: after a restart the
 * server would find the files of `system.query_log`, not its definition, and log no query any more. Atomic is refused at the start.
 */
export const SYSTEM_DATABASE_SQL = 'ATTACH DATABASE system\nENGINE = Ordinary\n';

export interface UsersOptions {
  /** Database prefix, or a pattern that ends with `*` (test servers, which host many installations). */
  readonly prefix: string;
  readonly passwords: Readonly<Record<Role, string>>;
  readonly limits: UserLimits;
}

/**
 * The local session that starts the listeners logs in as `default` without a password: it keeps nothing but that right (readonly
 * profiles refuse it) and may not use the settings that reach files. The owner has no
 * grants entry and thereby every right, files and URLs included: no SQL that a user wrote may run as the owner.
 */
export function usersXml({ prefix, passwords, limits }: UsersOptions): string {
  const restricted = RESTRICTED_ROLES.map((role) => user(`sluice_${role}`, passwords[role], role, grantsFor(role, prefix)));
  return `<clickhouse>
  <profiles>
    <default/>
    <!-- Of the password-less user, see usersXml. Its own settings are those of the query that keeps the server up. -->
    <starter>
      <log_queries>0</log_queries>
      <max_block_size>1</max_block_size>
      <function_sleep_max_microseconds_per_block>100000000</function_sleep_max_microseconds_per_block>
      <max_memory_usage>100000000</max_memory_usage>
      <constraints>
${STARTER_FIXED.map((name) => `        <${name}><readonly/></${name}>`).join('\n')}
      </constraints>
    </starter>
    <owner>
      <default_normal_view_sql_security>DEFINER</default_normal_view_sql_security>
    </owner>
${RESTRICTED_ROLES.map((role) => profile(role, limits)).join('\n')}
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default><password></password><profile>starter</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default>
${user('sluice_owner', passwords.owner, 'owner', [])}
${restricted.join('\n')}
  </users>
</clickhouse>
`;
}

function user(name: string, password: string, profileName: string, grants: readonly string[]): string {
  const rights =
    grants.length === 0 ? '' : `\n      <grants>${grants.map((grant) => `<query>GRANT ${xml(grant)}</query>`).join('')}</grants>`;
  return `    <${name}><password>${xml(password)}</password><networks><ip>127.0.0.1</ip></networks><profile>${profileName}</profile><quota>default</quota>${rights}</${name}>`;
}

function profile(role: RestrictedRole, limits: UserLimits): string {
  const settings = limitsFor(role, limits);
  const values = settings.map(({ name, value }) => `      <${name}>${xml(String(value))}</${name}>`);
  const constraints = settings.map(({ name, value, rule }) =>
    rule === 'fixed' ? `        <${name}><readonly/></${name}>` : `        <${name}><min>1</min><max>${value}</max></${name}>`,
  );
  return `    <${role}>\n${values.join('\n')}\n      <constraints>\n${constraints.join('\n')}\n      </constraints>\n    </${role}>`;
}

/**
 * Shadows the scalar function `file(path)`, stored as `user_defined/function_file.sql` in the data directory. In the local mode that the
 * embedded server runs in, it returns any file that the process may read, to any user, and no grant guards it (26.7, measured). A
 * user-defined function of the same name wins; `create function` would refuse the name, but what is on disk at the start is loaded.
 */
export const FILE_FUNCTION_SQL = "CREATE FUNCTION file AS (path) -> throwIf(1, 'The function file() is switched off here')\n";

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
