/** The password of the embedded PostgreSQL: only who may read the data directory knows it, and it is on no command line. */
import { dirname } from 'node:path';
import { passwordsFor } from '../private-files.ts';

/** @param folder the server's own folder within the data directory. */
export async function readPassword(folder: string): Promise<string> {
  return (await passwordsFor(dirname(folder), 'postgres', ['owner'])).owner;
}
