/** What can go wrong with the local servers that Sluice starts for itself. */
import { defineErrors } from '../errors.ts';

export const errors = defineErrors('embedded', {
  unsupported_platform: {
    summary: 'The embedded server does not exist for this operating system or processor.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Point CLICKHOUSE_URL (and DATABASE_URL) at real servers; docker-compose.yml starts both.',
  },
  no_space: {
    summary: 'The disk that holds SLUICE_DATA_DIR is full.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Free some space, or set SLUICE_DATA_DIR to a folder on a larger disk.',
  },
  no_access: {
    summary: 'SLUICE_DATA_DIR cannot be created or written.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Give your user write access to the folder, or set SLUICE_DATA_DIR to another one.',
  },
  start_failed: {
    summary: 'An embedded server ended or stayed silent while it was being started.',
    fault: 'transient',
    status: 503,
    exitCode: 3,
    hint: 'Run the command again; if it fails again, the lines above come from the server itself. `sluice doctor` checks this machine.',
  },
  in_use: {
    summary: 'The data directory is being served with other settings by a running command.',
    fault: 'conflict',
    status: 503,
    exitCode: 3,
    hint: 'End the other command, or run `sluice stop`; or set SLUICE_DATA_DIR to another folder.',
  },
  port_taken: {
    summary: 'Another program took the port that an embedded server was about to use.',
    fault: 'conflict',
    status: 503,
    exitCode: 3,
    hint: 'Run the command again: another port is chosen.',
  },
  stopped: {
    summary: 'An embedded server was stopped (`sluice stop`) while this command was using it.',
    fault: 'failed',
    status: 503,
    exitCode: 3,
    hint: 'Run the command again: it starts the server again.',
  },
  gave_up: {
    summary: 'An embedded server kept dying and is no longer restarted.',
    fault: 'transient',
    status: 503,
    exitCode: 3,
    hint: 'Run the command again to start it afresh; the lines above come from the server itself.',
  },
});

export type EmbeddedErrorKey = keyof typeof errors;

/** An error as it travels from the keeper process to the command that waits for it. */
export interface Failure {
  readonly error: EmbeddedErrorKey;
  readonly message: string;
  readonly hint?: string | undefined;
}

export function raise(failure: Failure) {
  return errors[failure.error](failure.message, failure.hint === undefined ? {} : { hint: failure.hint });
}
