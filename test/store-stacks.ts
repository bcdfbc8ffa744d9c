/** Every kind of PostgreSQL that the control plane must work on, as far as this machine can run it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import pg from 'pg';
import { getContainerRuntimeClient } from 'testcontainers';
import { joinService, stopService } from '../src/embedded/join.ts';
import { freePort } from '../src/embedded/ports.ts';
import { connectionUrl, PostgresEndpoints } from '../src/embedded/postgres/service.ts';
import type { StoreConfig } from '../src/store/store.ts';
import { findPostgres, startPostgres } from './postgres.ts';

export interface StoreStack {
  readonly name: string;
  /** Why it cannot run here; undefined when it can. */
  readonly unavailable: string | undefined;
  start(): Promise<StackServer>;
}

export interface StackServer {
  /** Of an empty control plane. Where there is but one database (PGlite), what was in it is gone. */
  emptyConfig(): Promise<StoreConfig>;
  /** The server dies without a word and comes back at the same address. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export async function storeStacks(): Promise<readonly StoreStack[]> {
  return [pglite, await localPostgres(), await containerPostgres()];
}

/** One line for the log of a test run: what it has proved, and what it has not. */
export function announce(stacks: readonly StoreStack[]): string {
  const parts = stacks.map(({ name, unavailable }) => (unavailable === undefined ? `runs on ${name}` : `not on ${name}: ${unavailable}`));
  return `control plane: ${parts.join('; ')}`;
}

const newFolder = () => mkdtemp(join(tmpdir(), 'sluice-stack-'));

/** As production runs it: a server process under a keeper. */
const pglite: StoreStack = {
  name: 'PGlite',
  unavailable: undefined,
  async start() {
    const dataDir = await newFolder();
    const joined = await joinService({ name: 'postgres', dataDir, parameters: {} });
    const url = connectionUrl(PostgresEndpoints.parse(joined.endpoints));
    return {
      async emptyConfig() {
        await execute(url, 'drop schema if exists sluice cascade; drop schema if exists sluice_jobs cascade');
        return { DATABASE_URL: undefined, SLUICE_SECRET_KEY: undefined, dataDir };
      },
      async crashAndRestart() {
        const pidOfServer = async () => JSON.parse(await readFile(join(dataDir, 'run', 'postgres-server.json'), 'utf8')).pid;
        const killed = await pidOfServer();
        process.kill(killed, 'SIGKILL');
        while ((await pidOfServer()) === killed) await sleep(20);
        await joined.whenReady();
      },
      async stop() {
        await joined.close();
        await stopService('postgres', dataDir);
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

async function localPostgres(): Promise<StoreStack> {
  const programs = await findPostgres();
  return {
    name: 'PostgreSQL',
    unavailable: programs === undefined ? 'no PostgreSQL programs on this machine' : undefined,
    async start() {
      const server = await startPostgres(programs ?? '');
      const dataDir = await newFolder();
      return {
        emptyConfig: async () => ({ DATABASE_URL: await server.createDatabase(), SLUICE_SECRET_KEY: undefined, dataDir }),
        crashAndRestart: server.crashAndRestart,
        async stop() {
          await server.stop();
          await rm(dataDir, { recursive: true, force: true });
        },
      };
    },
  };
}

/** The oldest version that is supported. */
async function containerPostgres(): Promise<StoreStack> {
  const hasEngine = await getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  return {
    name: 'PostgreSQL 14 in a container',
    unavailable: hasEngine ? undefined : 'no container engine answers',
    async start() {
      // A fixed port, because a restarted container would be given another one.
      const port = await freePort();
      const container = await new PostgreSqlContainer('postgres:14-alpine').withExposedPorts({ container: 5432, host: port }).start();
      const dataDir = await newFolder();
      let databases = 0;
      return {
        async emptyConfig() {
          databases++;
          await execute(container.getConnectionUri(), `create database test_${databases}`);
          const url = new URL(container.getConnectionUri());
          url.pathname = `/test_${databases}`;
          return { DATABASE_URL: url.href, SLUICE_SECRET_KEY: undefined, dataDir };
        },
        crashAndRestart: () => container.restart({ timeout: 0 }),
        async stop() {
          await container.stop();
          await rm(dataDir, { recursive: true, force: true });
        },
      };
    },
  };
}

async function execute(url: string, statements: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statements);
  await client.end();
}
