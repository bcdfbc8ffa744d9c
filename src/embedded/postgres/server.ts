/** The embedded PostgreSQL server: PGlite in a process of its own. `node server.ts <port> <folder>`; started by the keeper, see service.ts. */
import { PGlite } from '@electric-sql/pglite';
import { readPassword } from './password.ts';
import { sharePglite } from './sharing.ts';

const [port, folder] = process.argv.slice(2) as [string, string];

const pglite = await PGlite.create({ dataDir: folder });
const shared = await sharePglite({
  pglite,
  port: Number(port),
  password: await readPassword(folder),
  onCrash(error) {
    console.error('The embedded PostgreSQL crashed:', error);
    process.exit(1);
  },
});

const stop = async () => {
  await shared.close();
  await pglite.close();
  process.exit(0);
};
process.once('SIGTERM', stop).once('SIGINT', stop);
// The keeper holds the other end of this pipe; the kernel closes it when the keeper ends, however it ends. (A worker that watches it, as in
// ../parent.ts, is for servers that never return to their event loop; Node would wait for it here when the process exits.)
process.stdin.resume().once('end', stop);
