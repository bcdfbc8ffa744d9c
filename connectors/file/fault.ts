/** What an error of the file system means for a delivery, and what the owner of the folder is told. */
import type { Fault } from '../../src/connector-kit/fault.ts';

export function faultOf(error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  const folder = error instanceof Error && 'path' in error ? `the folder ${error.path}` : 'the folder';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'config', message: `${folder} does not exist (${code}): make it, or correct \`folder\` of the destination` };
    case 'ENAMETOOLONG':
    case 'ERR_INVALID_ARG_VALUE':
      return { kind: 'config', message: `${folder} has a name that the file system does not take (${code})` };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { kind: 'config', message: `${folder} cannot be written (${code})` };
    default:
      // Disk full, too many open files, a network share that hangs: these may pass.
      return { kind: 'transient', message: `the file could not be written (${code})` };
  }
}
