/** The demo's PostgreSQL destination: a real server when this machine has one, else PGlite behind its socket server. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { joinService } from '../src/embedded/join.ts';
import { freePort } from '../src/embedded/ports.ts';
import { connectionUrl, PostgresEndpoints } from '../src/embedded/postgres/service.ts';

export interface DemoPostgres {
  readonly url: string;
  /** What the summary calls it: `PostgreSQL 17.2`. */
  readonly name: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const READY_WITHIN_MS = 15_000;

/**
 * PostgreSQL does not notice that whoever started it is gone. The shell becomes the server, and leaves a child behind that tells it
 * to shut down ("fast": ends sessions, writes a checkpoint) when stdin closes, which the kernel sees to even after a kill -9.
 */
const UNTIL_STDIN_CLOSES = 'exec 3<&0; (read -r _ <&3; kill -INT $$) & exec "$0" "$@" 3<&- </dev/null';

/** @param folder its files; kept between runs that are given `--keep`. */
export async function startPostgres(folder: string, say: (line: string) => void): Promise<DemoPostgres> {
  const binaries = findBinaries();
  if (binaries !== undefined) {
    try {
      return await startServer(binaries, folder);
    } catch (error) {
      // for instance a folder that the postgres user may not enter: the demo goes on with what every machine has
      say(`PostgreSQL of ${binaries} did not start (${firstLine(error)}); using PGlite instead`);
    }
  }
  return startPglite(`${folder}-pglite`);
}

/** The newest server on PATH or where Debian, Red Hat and Homebrew keep it. */
function findBinaries(): string | undefined {
  const usual = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin', '/opt/homebrew/opt/postgresql*/bin', '/usr/local/opt/postgresql*/bin'];
  const newestFirst = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true });
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...usual.flatMap((pattern) => globSync(pattern).sort(newestFirst))];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
}

async function startServer(binaries: string, folder: string): Promise<DemoPostgres> {
  const account = process.getuid?.() === 0 ? await unprivilegedAccount() : {};
  const passwordFile = `${folder}.password`;
  const isNew = !existsSync(join(folder, 'PG_VERSION'));
  if (isNew) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
    for (const path of [folder, passwordFile]) if (account.uid !== undefined) await chown(path, account.uid, account.gid ?? account.uid);
    const options = ['--no-sync', '--encoding=UTF8', '--locale=C', '--username=demo', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    await run(join(binaries, 'initdb'), [...options, folder], { ...account, cwd: '/' });
  }
  const password = await readFile(passwordFile, 'utf8');
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `port=${port}`,
    'shared_buffers=16MB',
    'log_min_messages=fatal',
  ];
  const options = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])];
  // detached, because Ctrl-C reaches the whole process group and the demo wants to stop it last
  const server = spawn('sh', ['-c', UNTIL_STDIN_CLOSES, join(binaries, 'postgres'), ...options], {
    ...account,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const url = `postgres://demo:${password}@127.0.0.1:${port}/postgres`;
  const stop = () => stopProcess(server);
  try {
    return { url, name: `PostgreSQL ${await versionWhenReady(url, server)}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** PostgreSQL refuses to run as root: `postgres` where its package made it, else `nobody`. */
async function unprivilegedAccount(): Promise<{ uid?: number; gid?: number }> {
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout))).catch(() => undefined);
    if (ids?.[0] !== undefined && ids[1] !== undefined) return { uid: ids[0], gid: ids[1] };
  }
  throw new Error('it may not run as root, and there is no account postgres or nobody');
}

async function versionWhenReady(url: string, server: ChildProcess): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      return rows[0]?.server_version.split(' ')[0] ?? '';
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`it ended with status ${server.exitCode}`, { cause: error });
      if (Date.now() > deadline) throw error;
    } finally {
      await client.end();
    }
    await sleep(50);
  }
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.stdin?.end();
  await Promise.race([exited, sleep(5_000, undefined, { ref: false })]);
  server.kill('SIGKILL');
}

/** The server that the control plane uses when it has no PostgreSQL, once more, on files of its own. */
async function startPglite(dataDir: string): Promise<DemoPostgres> {
  const joined = await joinService({ name: 'postgres', dataDir, parameters: {}, lingerMs: 0 });
  return {
    url: connectionUrl(PostgresEndpoints.parse(joined.endpoints)),
    name: 'PostgreSQL (PGlite)',
    stop: joined.close,
  };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? text;
}
