/** The embedded PostgreSQL server (PGlite) as the keeper runs it. */
import { join } from 'node:path';
import pg from 'pg';
import * as z from 'zod';
import { programFile } from '../../product.ts';
import type { Failure } from '../errors.ts';
import { freePort } from '../ports.ts';
import { privateFolder, readJson, writePrivate } from '../private-files.ts';
import type { Service } from '../service.ts';
import { readPassword } from './password.ts';

const server = programFile(new URL('./server.ts', import.meta.url));

export const PostgresEndpoints = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  database: z.string(),
  password: z.string(),
});
type PostgresEndpoints = z.output<typeof PostgresEndpoints>;

export const connectionUrl = ({ user, password, host, port, database }: PostgresEndpoints) =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

export const postgres: Service = {
  name: 'postgres',
  async prepare({ dataDir }) {
    const folder = await privateFolder(join(dataDir, 'postgres'));
    const endpoints: PostgresEndpoints = {
      host: '127.0.0.1',
      port: await choosePort(join(dataDir, 'postgres-port.json')),
      user: 'postgres',
      database: 'postgres',
      password: await readPassword(folder),
    };
    return {
      endpoints,
      args: [server, String(endpoints.port), folder],
      isHealthy: () => answers(connectionUrl(endpoints)),
      explain: (stderr) => explain(stderr, folder),
    };
  },
};

/** The port of the last start when it is still free: processes that survive a restart of the server find it again. */
async function choosePort(path: string): Promise<number> {
  const last = z.object({ port: z.number() }).safeParse(await readJson(path)).data;
  const port = await freePort(last?.port);
  await writePrivate(path, JSON.stringify({ port }));
  return port;
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  // A server that dies during the question must not end the keeper.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function explain(stderr: string, folder: string): Failure | undefined {
  if (stderr.includes('EADDRINUSE')) {
    return { error: 'port_taken', message: 'A port that was free a moment ago is taken: the embedded PostgreSQL server could not listen.' };
  }
  if (/ENOSPC|No space left on device/.test(stderr)) {
    return { error: 'no_space', message: `The disk of ${folder} is full: the embedded PostgreSQL server could not start.` };
  }
  return undefined;
}
