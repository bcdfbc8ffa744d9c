/** A real PostgreSQL for tests: the machine's own binaries, on a free port, in a folder that is removed afterwards. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { joinService, stopService } from '../src/embedded/join.ts';
import { freePort } from '../src/embedded/ports.ts';
import { connectionUrl, PostgresEndpoints } from '../src/embedded/postgres/service.ts';

export interface PostgresServer {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  /** A new, empty database; returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends it as a crash would (no shutdown checkpoint) and starts it again on the same port. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** The newest installed version's folder of programs, undefined when there is none. Debian's layout, then Homebrew's and the PATH's. */
export async function findPostgres(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const newest = versions
    .map(Number)
    .filter(Number.isFinite)
    .sort((one, other) => other - one)[0];
  if (newest !== undefined) return join(debian, String(newest), 'bin');
  const found = await promisify(execFile)('pg_config', ['--bindir']).catch(() => undefined);
  return found?.stdout.trim();
}

export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postgres-'));
  const user = await unprivilegedUser();
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'sluice', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'];
  await promisify(execFile)(join(programs, 'initdb'), initdb, { ...user, cwd: folder });

  const port = await freePort();
  const url = (database: string) => `postgresql://sluice@127.0.0.1:${port}/${database}`;
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const settings = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const child = spawn(join(programs, 'postgres'), args, { ...user, cwd: folder, stdio: 'ignore' });
    for (let attempts = 200; !(await answers(url('postgres'))); attempts--) {
      if (attempts === 0 || child.exitCode !== null) throw new Error(`PostgreSQL did not start in ${folder}`);
      await sleep(50);
    }
    return child;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  let databases = 0;
  return {
    url: url('postgres'),
    async createDatabase() {
      databases++;
      const client = new pg.Client(url('postgres'));
      await client.connect();
      await client.query(`create database test_${databases}`);
      await client.end();
      return url(`test_${databases}`);
    },
    async crashAndRestart() {
      await end('SIGQUIT');
      server = await launch();
    },
    async stop() {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as the first of these users that exists. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL cannot run as root and there is neither a user postgres nor nobody');
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The machine's own PostgreSQL, else the embedded one. */
export async function startAnyPostgres(): Promise<{ url: string; stop(): Promise<unknown> }> {
  const programs = await findPostgres();
  return programs === undefined ? startEmbeddedPostgres() : startPostgres(programs);
}

/** The embedded one, in a folder of its own. */
export async function startEmbeddedPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-embedded-pg-'));
  const joined = await joinService({ name: 'postgres', dataDir, parameters: {} });
  return {
    url: connectionUrl(PostgresEndpoints.parse(joined.endpoints)),
    async stop() {
      await joined.close();
      await stopService('postgres', dataDir);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
