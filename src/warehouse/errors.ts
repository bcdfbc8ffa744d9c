/**
 * What can go wrong in the warehouse, and how ClickHouse's errors become CdpErrors.
 *
 * ClickHouse's text is kept, because it names tables, columns and limits. But it also quotes data (`Cannot parse '…' as Int64`, the failing
 * row, bound parameters in the query's scope). `scrub` cuts these out: messages are logged, stored in audit tables and returned by the API,
 * where no customer's value may appear. The full text stays in the server's query log.
 */
import { ClickHouseError } from '@clickhouse/client';
import { CdpError, defineErrors, type ErrorDetails } from '../errors.ts';

export const errors = defineErrors('warehouse', {
  unencrypted: {
    summary: 'CLICKHOUSE_URL is http:// to a public address: passwords and personal data could be read on the way.',
    fault: 'usage',
    status: 500,
    exitCode: 3,
    hint: 'Write https:// (usually port 8443). If a tunnel or VPN encrypts the connection, set CLICKHOUSE_ALLOW_UNENCRYPTED=true.',
  },
  unreachable: {
    summary: 'ClickHouse does not answer, or the connection broke before the answer was complete.',
    fault: 'transient',
    status: 503,
    exitCode: 3,
    hint: 'Check that the server of CLICKHOUSE_URL is up and reachable from here; `sluice doctor` tries it.',
  },
  auth: {
    summary: 'ClickHouse refuses the user or the password.',
    fault: 'auth',
    status: 503,
    exitCode: 3,
    hint: 'Check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, and the user and password of the reader and the publisher.',
  },
  denied: {
    summary: 'The query needs a right that its user does not have.',
    fault: 'auth',
    status: 403,
    exitCode: 2,
    hint: 'Readers may only select: no files, URLs, other servers, writes or DDL. For a table of your own, `sluice doctor` prints the grant that is missing.',
  },
  limit: {
    summary: 'The query tried to raise a limit of its user.',
    fault: 'usage',
    status: 403,
    exitCode: 2,
    hint: 'Leave the setting out. The limits come from SLUICE_MAX_QUERY_MEMORY_MB and SLUICE_SEGMENT_TIMEOUT_SECONDS.',
  },
  unknown_table: {
    summary: 'A table or database that the query names does not exist.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: 'Published tables are made by the models: run `sluice build`. `sluice catalogue` lists what there is.',
  },
  unknown_name: {
    summary: 'A column, function or setting that the query names does not exist.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Check the spelling; `describe table <name>` lists the columns.',
  },
  syntax: {
    summary: 'The SQL does not parse, or its types do not fit.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'The message names the place. Compare types with `toTypeName(…)`; cast with `::Type`.',
  },
  memory: {
    summary: 'The query needed more memory than its limit.',
    fault: 'too_large',
    status: 422,
    exitCode: 1,
    hint: 'Narrow the time window or the columns, or raise SLUICE_MAX_QUERY_MEMORY_MB.',
  },
  timeout: {
    summary: 'The query took longer than its limit.',
    fault: 'too_large',
    status: 422,
    exitCode: 1,
    hint: 'Narrow the time window, or raise SLUICE_SEGMENT_TIMEOUT_SECONDS (SLUICE_DBT_TIMEOUT_SECONDS for builds).',
  },
  too_many_rows: {
    summary: 'The query would read or return more rows than its limit.',
    fault: 'too_large',
    status: 422,
    exitCode: 1,
    hint: 'Add a time window or a `limit`.',
  },
  busy: {
    summary: 'ClickHouse runs its maximum number of queries already, or cannot merge parts as fast as they arrive.',
    fault: 'throttled',
    status: 503,
    exitCode: 1,
    hint: 'Try again shortly. If that does not help, look at `select query from system.processes` and insert in larger batches.',
  },
  no_space: {
    summary: 'The disk of the ClickHouse server is full.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Free space on the server, or delete old data; `select name, free_space from system.disks` shows how much there is.',
  },
  bad_data: {
    summary: 'Data that was being inserted or cast does not have the form its column needs.',
    fault: 'usage',
    status: 422,
    exitCode: 1,
    hint: 'The values are left out of this message on purpose. The query id finds the full text in system.query_log, for those who may read it.',
  },
  cancelled: {
    summary: 'The query was cancelled: by Ctrl-C, by a time limit of the caller, or by KILL QUERY.',
    fault: 'failed',
    status: 503,
    exitCode: 130,
    hint: 'Run it again when you want its result.',
  },
  failed: {
    summary: 'ClickHouse answered with an error that Sluice has no better name for.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'The code and the name in the message are ClickHouse’s own. The query id finds the query in system.query_log.',
  },
  unexpected_rows: {
    summary: 'The rows of a query do not match its definition.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'A model or table was changed under Sluice, or this is a bug: report the name of the query.',
  },
  version: {
    summary: 'The ClickHouse server is too old, or a version with a known fault that cannot be avoided.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Upgrade the server to the newest long-term release of ClickHouse; 25.8 is the oldest that works.',
  },
  users: {
    summary: 'The restricted users do not exist on the server and its owner may not create them.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Have an administrator run the SQL of the message, with passwords of your choice, and set CLICKHOUSE_*_USER and CLICKHOUSE_*_PASSWORD.',
  },
  migration_edited: {
    summary: 'A file of sql/warehouse that was applied has been edited, renumbered or removed since.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Restore the file and put the change into a new file with the next number.',
  },
  migration_invalid: {
    summary: 'A file of sql/warehouse is not named NNNN_name.sql, has the number of another, or holds no statement.',
    fault: 'bug',
    status: 500,
    exitCode: 3,
    hint: 'Name the new file NNNN_name.sql with the next free number.',
  },
});

type Kind = keyof typeof errors;

/** ClickHouse code → kind. Codes: `select * from system.errors`, or src/Common/ErrorCodes.cpp in ClickHouse. */
export const KIND_OF_CODE: Readonly<Record<number, Kind>> = {
  6: 'bad_data', // CANNOT_PARSE_TEXT
  26: 'bad_data', // CANNOT_PARSE_QUOTED_STRING
  27: 'bad_data', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32: 'bad_data', // ATTEMPT_TO_READ_AFTER_EOF
  33: 'bad_data', // CANNOT_READ_ALL_DATA
  38: 'bad_data', // CANNOT_PARSE_DATE
  41: 'bad_data', // CANNOT_PARSE_DATETIME
  43: 'syntax', // ILLEGAL_TYPE_OF_ARGUMENT
  46: 'unknown_name', // UNKNOWN_FUNCTION
  47: 'unknown_name', // UNKNOWN_IDENTIFIER
  53: 'syntax', // TYPE_MISMATCH
  60: 'unknown_table', // UNKNOWN_TABLE
  62: 'syntax', // SYNTAX_ERROR
  69: 'bad_data', // ARGUMENT_OUT_OF_BOUND
  70: 'bad_data', // CANNOT_CONVERT_TYPE
  72: 'bad_data', // CANNOT_PARSE_NUMBER
  73: 'syntax', // UNKNOWN_FORMAT
  81: 'unknown_table', // UNKNOWN_DATABASE
  115: 'unknown_name', // UNKNOWN_SETTING
  117: 'bad_data', // INCORRECT_DATA
  130: 'bad_data', // CANNOT_READ_ARRAY_FROM_TEXT
  131: 'bad_data', // TOO_LARGE_STRING_SIZE
  158: 'too_many_rows', // TOO_MANY_ROWS
  159: 'timeout', // TIMEOUT_EXCEEDED
  160: 'timeout', // TOO_SLOW
  164: 'denied', // READONLY
  192: 'auth', // UNKNOWN_USER
  193: 'auth', // WRONG_PASSWORD
  202: 'busy', // TOO_MANY_SIMULTANEOUS_QUERIES
  209: 'unreachable', // SOCKET_TIMEOUT
  210: 'unreachable', // NETWORK_ERROR
  236: 'unreachable', // ABORTED: the server is shutting down
  241: 'memory', // MEMORY_LIMIT_EXCEEDED
  242: 'unreachable', // TABLE_IS_READ_ONLY: a replica that lost its keeper
  243: 'no_space', // NOT_ENOUGH_SPACE
  252: 'busy', // TOO_MANY_PARTS
  307: 'too_many_rows', // TOO_MANY_BYTES
  321: 'bad_data', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349: 'bad_data', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  376: 'bad_data', // CANNOT_PARSE_UUID
  386: 'syntax', // NO_COMMON_TYPE
  392: 'denied', // QUERY_IS_PROHIBITED
  394: 'cancelled', // QUERY_WAS_CANCELLED
  396: 'too_many_rows', // TOO_MANY_ROWS_OR_BYTES
  407: 'bad_data', // DECIMAL_OVERFLOW
  439: 'busy', // CANNOT_SCHEDULE_TASK
  452: 'limit', // SETTING_CONSTRAINT_VIOLATION
  457: 'bad_data', // BAD_QUERY_PARAMETER
  467: 'bad_data', // CANNOT_PARSE_BOOL
  497: 'denied', // ACCESS_DENIED
  516: 'auth', // AUTHENTICATION_FAILED
  675: 'bad_data', // CANNOT_PARSE_IPV4
  676: 'bad_data', // CANNOT_PARSE_IPV6
  691: 'bad_data', // UNKNOWN_ELEMENT_OF_ENUM
  734: 'cancelled', // QUERY_WAS_CANCELLED_BY_CLIENT
};

/** Hints for single codes, where the general hint of the kind says too little. */
const HINT_OF_CODE: Readonly<Record<number, string>> = {
  43: 'An argument has a type that the function does not take: cast it with `::Type`. windowFunnel, for instance, refuses DateTime64.',
  62: 'The message names the place where parsing stopped. A reserved word used as a name needs backticks.',
  115: 'This setting does not exist in this version of ClickHouse.',
  164: 'This user reads only. Writes go through `sluice load`, `sluice build` and the API.',
  252: 'Inserts arrive in too many small batches. Insert less often and more at once; the server catches up by itself.',
};

/** The transport's codes that mean: no answer. */
const BROKEN = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

export interface QueryIdentity {
  /** The query's name. */
  readonly name: string;
  readonly queryId: string;
  readonly user: string;
  readonly isEmbedded: boolean;
}

/** Turns what a request threw into a CdpError: what happened, to which query, what to do. CdpErrors and bugs pass through unchanged. */
export function enrich(error: unknown, asked: QueryIdentity): unknown {
  if (error instanceof CdpError) return error;
  const details = { cause: error, context: { query: asked.name, query_id: asked.queryId, user: asked.user } };
  if (error instanceof ClickHouseError) return fromServer(error, asked, details);
  if (isAbort(error)) return errors.cancelled(`The query ${asked.name} was cancelled.`, details);
  if (isBroken(error)) {
    const hint = asked.isEmbedded
      ? 'The embedded server is restarted by itself: run the command again. `sluice doctor` shows its state.'
      : undefined;
    return errors.unreachable(
      `ClickHouse did not answer the query ${asked.name} (${reasonOf(error)}).`,
      hint === undefined ? details : { ...details, hint },
    );
  }
  return error;
}

function fromServer(error: ClickHouseError, asked: QueryIdentity, details: ErrorDetails): CdpError {
  const code = Number(error.code);
  const kind = KIND_OF_CODE[code] ?? 'failed';
  const message = `${scrub(error.message, kind)} [ClickHouse ${code}${error.type === undefined ? '' : ` ${error.type}`}, query ${asked.name}, id ${asked.queryId}]`;
  const hint = HINT_OF_CODE[code];
  // The full text may quote rows: it stays in the server's log and out of ours, so it is not kept as the cause either.
  return errors[kind](message, { context: { ...details.context, clickhouse_code: code }, ...(hint === undefined ? {} : { hint }) });
}

/** Marks where ClickHouse starts to quote the data that it failed on, or the query with its parameters filled in. */
const EXCERPTS = [
  // A list of forty token names, which does not help.
  /\.? Expected one of: [\s\S]{120,}$/,
  /\s*\(in query: [\s\S]*$/,
  /,? ?(?:in|In) scope [\s\S]*?(?=\.? Maybe you meant|$)/,
  /:? ?while (?:executing|parsing|converting|processing)[\s\S]*$/i,
  /\s*\bbefore:? [\s\S]*$/,
  /\s*\(?at row \d+\)?[\s\S]*$/,
  /\s*Row \d+:[\s\S]*$/,
  /\s*ERROR: [\s\S]*$/,
];

/** ClickHouse's message without stack, version and anything that may be a value of a row. */
export function scrub(message: string, kind: Kind): string {
  // Errors about data quote it in many ways, also without quotes: only the column's name is taken from them.
  if (kind === 'bad_data') {
    const unknown = /Unknown field found[^:]*: (\w+)/.exec(message)?.[1];
    if (unknown !== undefined) return `The table has no column \`${unknown}\`.`;
    const column = /value of key (\w+)|Column \d+,\s+name: (\w+)|column `?(\w+)/i.exec(message);
    const name = column?.[1] ?? column?.[2] ?? column?.[3];
    return `A value does not have the form that its column${name === undefined ? '' : ` \`${name}\``} needs.`;
  }
  let text = message.replace(/\s*\(version [^)]*\)\s*$/, '').replace(/\s*\([A-Z_]+\)\s*$/, '');
  for (const excerpt of EXCERPTS) text = text.replace(excerpt, '');
  // For errors that we know, quotes hold names of columns and tables. For others they may hold anything.
  if (kind === 'failed') text = text.replace(/'[^']*'?/g, '‹…›');
  return text.trim();
}

/** Whether the server was not reached or fell silent. A read may then be repeated; a write may have been applied. */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && BROKEN.has(error.code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isBroken);
  // @clickhouse/client raises plain errors for its own time-out and for a socket that closed half-way.
  return /^Timeout error|socket hang up|^aborted$|Premature close|terminated|other side closed/i.test(error.message);
}

const isAbort = (error: unknown) =>
  error instanceof Error && (error.name === 'AbortError' || /The user aborted a request/.test(error.message));

function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(first instanceof Error)) return String(first);
  return 'code' in first && typeof first.code === 'string' ? first.code : first.message;
}
