/** The embedded PostgreSQL server: PGlite in a process of its own. `node server.ts <port> <folder>`; started by the keeper, see service.ts. */
import { PGlite } from '@electric-sql/pglite';
import { endWithParent } from '../parent.ts';
import { readPassword } from './password.ts';
import { sharePglite } from './sharing.ts';

const [port, folder] = process.argv.slice(2) as [string, string];

/** Every way to end goes through here, see endWithParent. */
const leave = () => process.kill(process.pid, 'SIGKILL');

function fail(what: string, error: unknown): void {
  console.error(what, error);
  leave();
}

// A statement keeps PGlite in one call for as long as it takes: only a separate thread can notice meanwhile that the keeper is gone.
await endWithParent();
try {
  const pglite = await PGlite.create({ dataDir: folder });
  const shared = await sharePglite({
    pglite,
    port: Number(port),
    password: await readPassword(folder),
    onCrash: (error) => fail('The embedded PostgreSQL crashed:', error),
  });
  const stop = () =>
    shared
      .close()
      .then(() => pglite.close())
      .then(leave, (error) => fail('The embedded PostgreSQL did not close:', error));
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  fail('The embedded PostgreSQL did not start:', error);
}
