/**
 * The rights and limits of each user of the warehouse. One set of rules makes both the embedded server's users file and a real server's
 * `create user` statements. Pure.
 */
import { DATABASE_ROLES, type DatabaseRole, databasesOf, quoteDatabase } from './databases.ts';
import { quoteIdentifier, quoteText } from './sql-text.ts';

export const RESTRICTED_ROLES = ['reader', 'publisher', 'bi'] as const;
export type RestrictedRole = (typeof RESTRICTED_ROLES)[number];
export type Role = 'owner' | RestrictedRole;

export interface UserLimits {
  readonly maxSeconds: number;
  /** Memory of one query. */
  readonly maxMemoryMb: number;
  /** Memory of all queries that a user runs at once. */
  readonly maxUserMemoryMb: number;
  /** Rows that one query may read, whatever its tables. */
  readonly maxRows: number;
  /** Time limit of one query of the reader or a BI tool. */
  readonly maxThreads: number;
}

/**
 * Inserts go before reads, see `priority` in `limitsFor`. Builds have no priority: they neither wait nor make others wait. 1 is the highest
 * priority of ClickHouse.
 */
export const INSERT_PRIORITY = 1;
const READ_PRIORITY = 10;
/** A nice value: 19 is the lowest there is. */
const LOWEST_THREAD_PRIORITY = 19;
/**
 * How long a thread of a reader pauses before each block while rows are being inserted. When collection never pauses, that leaves it three
 * blocks a second (200,000 rows): slow, but not stopped.
 */
const YIELD_MS = 300;

/** The largest audience that a reader can export. */
const MAX_RESULT_ROWS = 200_000_000;
const MAX_SPILL_BYTES = 50 * 1024 ** 3;
/**
 * Running and waiting queries; one more is refused. Readers must never fill all places of a server, because collection needs places too.
 */
export const MAX_QUERIES_FOR_USER = 50;

export interface Limit {
  readonly name: string;
  readonly value: number | string;
  /** `lowerable`: the user may set 1 … value (0 would mean "no limit" and is refused). `fixed`: may not be changed at all. */
  readonly rule: 'lowerable' | 'fixed';
}

/**
 * Settings that make an output or input format read or write a file of the server, or call an address. No grant guards them, and the
 * embedded server has no `user_files_path` that would fence them in: `format Template settings format_template_row = '/etc/passwd'`
 * showed the file to a user without any grant (26.7, measured).
 */
export const OUTSIDE_REACH = [
  'format_schema',
  'format_template_row',
  'format_template_resultset',
  'output_format_schema',
  'input_format_record_errors_file_path',
  'rename_files_after_processing',
  'format_avro_schema_registry_url',
] as const;

/**
 * How long and how deep a statement may be: parsing comes before every other limit, and no limit counts its memory. The first values allow
 * the longest segment that is accepted (src/segments/compile.ts); BI tools get the server's own defaults.
 */
function parserLimits(role: RestrictedRole): readonly Limit[] {
  const isCompiled = role !== 'bi';
  const sizes = {
    max_query_size: isCompiled ? 16 * 1024 * 1024 : 256 * 1024,
    max_parser_depth: 1_000,
    max_parser_backtracks: 1_000_000,
    max_ast_depth: 1_000,
    max_ast_elements: isCompiled ? 1_000_000 : 50_000,
    max_expanded_ast_elements: isCompiled ? 5_000_000 : 500_000,
  };
  return Object.entries(sizes).map(([name, value]) => ({ name, value, rule: 'lowerable' }));
}

/**
 * Keeps a user's queries from taking the processor from collection. The publisher's queries are few and our own, so it may use every core.
 */
function yieldingTo(role: RestrictedRole, maxThreads: number): readonly Limit[] {
  return [
    { name: 'priority', value: READ_PRIORITY, rule: 'fixed' },
    { name: 'low_priority_query_wait_time_ms', value: YIELD_MS, rule: 'fixed' },
    // Takes effect where the server has the right to lower threads (CAP_SYS_NICE: the image has it), and does nothing elsewhere.
    { name: 'os_thread_priority', value: LOWEST_THREAD_PRIORITY, rule: 'fixed' },
    // Otherwise a query goes on after its client has left: forty such clients would still hold the processor.
    { name: 'cancel_http_readonly_queries_on_client_close', value: 1, rule: 'fixed' },
    ...(role === 'publisher' ? [] : [{ name: 'max_threads', value: maxThreads, rule: 'lowerable' } as const]),
  ];
}

/**
 * The settings that confine a restricted user. Each one closes a way around another: a limit that a user may set to 0 or make non-fatal
 * would be no limit.
 */
export function limitsFor(
  role: RestrictedRole,
  { maxSeconds, maxMemoryMb, maxUserMemoryMb, maxRows, maxThreads }: UserLimits,
): readonly Limit[] {
  const maxMemoryBytes = maxMemoryMb * 1024 * 1024;
  return [
    // 2: reads and settings only. The publisher inserts, so its grants alone keep it from more.
    { name: 'readonly', value: role === 'publisher' ? 0 : 2, rule: 'fixed' },
    { name: 'allow_ddl', value: 0, rule: 'fixed' },
    { name: 'max_execution_time', value: maxSeconds, rule: 'lowerable' },
    { name: 'timeout_overflow_mode', value: 'throw', rule: 'fixed' },
    { name: 'max_memory_usage', value: maxMemoryBytes, rule: 'lowerable' },
    { name: 'max_memory_usage_for_user', value: maxUserMemoryMb * 1024 * 1024, rule: 'lowerable' },
    // Memory a thread may use before the limits above see it (4 MiB is the server's default): a higher value would make them miss it.
    { name: 'max_untracked_memory', value: 4 * 1024 * 1024, rule: 'lowerable' },
    // Spill to disk at half the memory, so that a large group by is slow rather than refused.
    { name: 'max_bytes_before_external_group_by', value: Math.floor(maxMemoryBytes / 2), rule: 'lowerable' },
    { name: 'max_bytes_before_external_sort', value: Math.floor(maxMemoryBytes / 2), rule: 'lowerable' },
    { name: 'max_temporary_data_on_disk_size_for_query', value: MAX_SPILL_BYTES, rule: 'lowerable' },
    { name: 'max_rows_to_read', value: maxRows, rule: 'lowerable' },
    { name: 'read_overflow_mode', value: 'throw', rule: 'fixed' },
    { name: 'max_result_rows', value: MAX_RESULT_ROWS, rule: 'lowerable' },
    { name: 'result_overflow_mode', value: 'throw', rule: 'fixed' },
    { name: 'max_concurrent_queries_for_user', value: MAX_QUERIES_FOR_USER, rule: 'lowerable' },
    ...yieldingTo(role, maxThreads),
    ...parserLimits(role),
    // What a user ran must be findable afterwards.
    { name: 'log_queries', value: 1, rule: 'fixed' },
    { name: 'log_queries_probability', value: 1, rule: 'fixed' },
    { name: 'log_queries_min_type', value: 'QUERY_START', rule: 'fixed' },
    { name: 'log_queries_min_query_duration_ms', value: 0, rule: 'fixed' },
    ...OUTSIDE_REACH.map((name) => ({ name, value: '', rule: 'fixed' }) as const),
    { name: 'allow_experimental_ai_functions', value: 0, rule: 'fixed' },
  ];
}

const READABLE: Readonly<Record<RestrictedRole, readonly DatabaseRole[]>> = {
  reader: ['published', 'raw', 'staging', 'identity', 'state', 'audit'],
  publisher: ['published', 'state'],
  bi: ['published', 'audit'],
};

/**
 * What follows `grant …` for a role. No role may use a table function that reaches files, URLs or other servers: those need
 * grants of their own (READ ON FILE, URL, REMOTE, S3 …), and none is given.
 *
 * A prefix that ends with `*` stands for every installation on a test server; there the databases of a role cannot be told
 * apart by a pattern, so all are readable. What each role may not do is tested on a server with a whole prefix.
 */
export function grantsFor(role: RestrictedRole, prefix: string): readonly string[] {
  const isPattern = prefix.endsWith('*');
  const databases = databasesOf(prefix);
  const reads = isPattern
    ? [`select, dictGet on ${prefix}.*`]
    : READABLE[role].map((database) => `select, dictGet on ${databases[database]}.*`);
  switch (role) {
    case 'reader':
      return reads;
    case 'publisher':
      return [
        ...reads,
        ...(isPattern
          ? [`insert on ${prefix}.*`]
          : ['segment_members', 'segment_evaluations', 'segment_holdouts'].map((table) => `insert on ${databases.state}.${table}`)),
      ];
    case 'bi':
      return [...reads, ...CATALOGUES.map((catalogue) => `select on ${catalogue}`)];
  }
}

/**
 * Tables where a BI tool looks for tables; they show a user only what it may read. Both spellings exist (one is in capitals), and `tables`
 * there takes sizes from system.parts (26.7).
 */
const CATALOGUES = ['information_schema.*', 'INFORMATION_SCHEMA.*', 'system.parts'] as const;

/**
 * The same rights for the users file of the embedded server, as whole statements. Every other database there was made by the owner, such as
 * the marts of their dbt project, and nobody can grant rights there by SQL: so the reader and the publisher may read all of them. Our
 * databases that a role does not need are taken out of that wide right, and so is `system`. A BI tool sees only the databases that
 * SLUICE_BI_DATABASES names.
 */
export function embeddedGrants(role: RestrictedRole, prefix: string, biDatabases: readonly string[]): readonly string[] {
  const own = grantsFor(role, prefix).map((grant) => `GRANT ${grant}`);
  if (role === 'bi') return [...own, ...biDatabases.map((database) => `GRANT select on ${quoteDatabase(database)}.*`)];
  // A test server hosts many installations, which must not see each other.
  if (prefix.endsWith('*')) return own;
  const foreign = DATABASE_ROLES.filter((database) => !READABLE[role].includes(database)).map((database) => databasesOf(prefix)[database]);
  return [...own, 'GRANT select on *.*', ...['system', ...foreign].map((database) => `REVOKE select on ${database}.*`)];
}

/** A placeholder that is written into the SQL in place of a password. */
export interface ShownLogin {
  readonly user: string;
  readonly password: string;
}

export interface HashedLogin {
  readonly user: string;
  /** In hexadecimal digits: no password can be misread as SQL, and the password itself is never sent. */
  readonly passwordSha256: string;
}

/**
 * The statements that make a restricted user on a real server. Repeating them changes nothing.
 *
 * @param login the password's hash for SQL that is run, a placeholder for SQL that is shown.
 * @param limits of `limitsFor`, without those that the server's version does not know.
 * @param more databases outside ours that the user may read, too.
 */
export function userSql(
  role: RestrictedRole,
  login: ShownLogin | HashedLogin,
  prefix: string,
  limits: readonly Limit[],
  more: readonly string[] = [],
): readonly string[] {
  const user = quoteIdentifier(login.user);
  const secret = 'passwordSha256' in login ? `sha256_hash by '${login.passwordSha256}'` : `sha256_password by ${quoteText(login.password)}`;
  const settings = limits.map(({ name, value, rule }) => {
    const literal = typeof value === 'number' ? String(value) : quoteText(value);
    return `${name} = ${literal} ${rule === 'fixed' ? 'const' : `min 1 max ${literal}`}`;
  });
  return [
    `create user if not exists ${user} identified with ${secret} settings ${settings.join(', ')}`,
    ...grantsFor(role, prefix).map((grant) => `grant ${grant} to ${user}`),
    ...more.map((database) => `grant select on ${quoteDatabase(database)}.* to ${user}`),
  ];
}
