/** The types that every command uses. */
import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Terminal } from './terminal.ts';

/** What a command is handed. `app` opens its parts on first use, so `--help` never starts a server. */
export interface CommandContext {
  readonly app: App;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C or SIGTERM: long work stops at its next safe point. */
  readonly signal: AbortSignal;
}

/** Runs a command's body; a returned number is the exit code (0 when nothing is returned). */
export type Action = (body: (context: CommandContext) => Promise<number | void>) => Promise<void>;

/** One file per command: adds itself to the program. */
export type RegisterCommand = (program: Command, action: Action) => void;
