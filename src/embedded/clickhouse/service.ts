/** The embedded ClickHouse server as the keeper runs it. */
import { request } from 'node:http';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { resolveLibchdb } from 'chdb/libchdb';
import * as z from 'zod';
import { programFile } from '../../product.ts';
import { RESTRICTED_ROLES, type Role } from '../../sql/access.ts';
import { errors, type Failure } from '../errors.ts';
import { freePort, isOpen } from '../ports.ts';
import { passwordsFor, privateFolder, readJson, writePrivate } from '../private-files.ts';
import type { Endpoints, Launch, Service } from '../service.ts';
import { FILE_FUNCTION_SQL, SYSTEM_DATABASE_SQL, serverXml, usersXml, workloadStatements } from './config.ts';
import type { ClickHouseEndpoints } from './endpoints.ts';

const SERVER = programFile(new URL('./server.ts', import.meta.url));
/** Leaves the rest of the machine to dbt, the service and the laptop's other programs. */
const MEMORY_RATIO = 0.6;
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Share of the server's memory for one restricted user: large enough for a query that runs alone on a laptop, and inserts still fit beside
 * it.
 */
const USER_RATIO = 0.75;

const ClickHouseParameters = z.object({
  /** Prefix of the databases that the restricted users may see. */
  prefix: z.string(),
  maxSeconds: z.number(),
  maxMemoryMb: z.number(),
  maxRows: z.number(),
  /** Time limit of one query of a reader. */
  readerThreads: z.number(),
  /** Queries of BI tools at the same time. */
  readerQueries: z.number(),
  biDatabases: z.array(z.string()),
});

const Ports = z.object({ http: z.number() });

export const clickhouse: Service = {
  name: 'clickhouse',
  async prepare({ dataDir, parameters }) {
    assertSupported();
    const { prefix, maxSeconds, maxMemoryMb, maxRows, readerThreads, readerQueries, biDatabases } = ClickHouseParameters.parse(parameters);
    const serverMemoryMb = (totalmem() * MEMORY_RATIO) / 1024 / 1024;
    const maxUserMemoryMb = Math.floor(Math.min(2 * maxMemoryMb, USER_RATIO * serverMemoryMb));
    const limits = { maxSeconds, maxMemoryMb, maxUserMemoryMb, maxRows, maxThreads: readerThreads };
    const folder = await privateFolder(join(dataDir, 'clickhouse'));
    const passwords = await passwordsFor<Role>(dataDir, 'clickhouse', ['owner', ...RESTRICTED_ROLES]);
    const httpPort = await choosePort(join(folder, 'ports.json'));

    const paths = { data: `${join(folder, 'data')}/`, users: join(folder, 'users.xml') };
    await privateFolder(paths.data);
    await writePrivate(join(await privateFolder(join(paths.data, 'user_defined')), 'function_file.sql'), FILE_FUNCTION_SQL);
    await writePrivate(join(await privateFolder(join(paths.data, 'metadata')), 'system.sql'), SYSTEM_DATABASE_SQL);
    await writePrivate(paths.users, usersXml({ prefix, passwords, limits, biDatabases }));
    const configPath = join(folder, 'config.xml');
    await writePrivate(configPath, serverXml(paths, httpPort, MEMORY_RATIO));

    const endpoints = { host: '127.0.0.1', httpPort, passwords } satisfies z.output<typeof ClickHouseEndpoints>;
    return launch(endpoints, configPath, folder, workloadStatements(readerQueries));
  },
};

function launch(endpoints: Connection & Endpoints, configPath: string, folder: string, firstStatements: readonly string[]): Launch {
  return {
    endpoints,
    args: [SERVER, configPath],
    isHealthy: () => answersAll(endpoints, firstStatements),
    isListening: () => isOpen(endpoints.httpPort),
    askToStop: () => askToStop(endpoints),
    explain: (stderr) => explain(stderr, folder),
  };
}

/** The port of the last start when it is still free, so that a BI tool that was set up once keeps working. */
async function choosePort(path: string): Promise<number> {
  const last = Ports.safeParse(await readJson(path)).data;
  const http = await freePort(last?.http);
  await writePrivate(path, JSON.stringify({ http }));
  return http;
}

/**
 * Whether the server is up, and the limits of the readers are in force. It queries as the owner instead of asking /ping, which a stranger's
 * server on that port would answer too.
 */
async function answersAll(endpoints: Connection, statements: readonly string[]): Promise<boolean> {
  for (const sql of statements) if ((await execute(endpoints, sql)) !== 200) return false;
  return true;
}

/**
 * Kills the query that keeps the server up, whose user has no name: the program then closes its listeners, waits for running queries, and
 * ends. SIGTERM would end it like kill -9: nothing acknowledged is lost, but running queries and the latest log lines are.
 */
async function askToStop(endpoints: Connection): Promise<void> {
  await execute(endpoints, "kill query where user = '' async");
}

type Connection = z.output<typeof ClickHouseEndpoints>;

/** @returns the HTTP status; undefined when there is no answer. */
function execute({ host, httpPort, passwords }: Connection, sql: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { 'x-clickhouse-user': 'sluice_owner', 'x-clickhouse-key': passwords.owner, connection: 'close' };
    // Time limit of the whole call: a stranger on the port may send an endless answer.
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const call = request({ host, port: httpPort, method: 'POST', path: '/', headers, signal }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', () => resolve(undefined));
    });
    call.once('error', () => resolve(undefined));
    call.end(sql);
  });
}

/** ClickHouse exits with status 0 whatever happened; only its last output tells. */
function explain(stderr: string, folder: string): Failure | undefined {
  if (/Code: 210\b|Address already in use/.test(stderr)) {
    return { error: 'port_taken', message: 'A port that was free a moment ago is taken: the embedded ClickHouse server could not listen.' };
  }
  if (/Cannot lock file/.test(stderr)) {
    return { error: 'in_use', message: `Another ClickHouse process holds ${folder}.` };
  }
  if (/No space left on device|Code: 243\b/.test(stderr)) {
    return { error: 'no_space', message: `The disk of ${folder} is full: the embedded ClickHouse server could not start.` };
  }
  return undefined;
}

/** npm installs the build that fits the machine: for Linux (glibc) and macOS, x64 and arm64. There is none for others. */
function assertSupported(): void {
  try {
    resolveLibchdb();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.unsupported_platform(`There is no embedded ClickHouse server for ${process.platform}-${process.arch}. ${reason}`, {
      hint: 'On Linux (glibc) and macOS, x64 or arm64, npm installs it as an optional package (in a clone: `npm run setup`). Elsewhere set CLICKHOUSE_URL; docker-compose.yml starts a server.',
      cause,
    });
  }
}
