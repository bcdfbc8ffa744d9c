/** What a command prints: for a person on a terminal, for a log file, or as JSON. Results go to stdout, everything else to stderr. */
import { createInterface } from 'node:readline/promises';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import colors from 'picocolors';
import { CdpError } from '../errors.ts';
import { printable, printableJson } from './printable.ts';

export interface Progress {
  /** `done` of `total` units; `total` may grow or be unknown (0). */
  update(done: number, total: number, note?: string): void;
  end(note?: string): void;
}

export interface Terminal {
  readonly isJson: boolean;
  /** A line for people; silent under `--json`. */
  say(line: string): void;
  /** The command's result: `value` as one JSON document under `--json`, else what `human` returns. */
  result(value: unknown, human: () => string): void;
  table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string;
  progress(title: string): Progress;
  /** Asks yes or no after `message`. False when no person can answer: under `--json`, and when the input is no terminal. */
  confirm(message: string, signal: AbortSignal): Promise<boolean>;
}

export function createTerminal(options: { json: boolean; out?: NodeJS.WriteStream; err?: NodeJS.WriteStream }): Terminal {
  const out = options.out ?? process.stdout;
  const err = options.err ?? process.stderr;
  return {
    isJson: options.json,
    say(line) {
      if (!options.json) err.write(`${printable(line)}\n`);
    },
    result(value, human) {
      out.write(`${options.json ? printableJson(JSON.stringify(value, bigintAsString)) : printable(human())}\n`);
    },
    table(columns, rows) {
      const table = new Table({ head: [...columns], style: { head: out.isTTY ? ['cyan'] : [], border: [], compact: true } });
      for (const row of rows) table.push(row.map(cell));
      return table.toString();
    },
    async confirm(message, signal) {
      if (options.json || !process.stdin.isTTY || !err.isTTY) return false;
      const asking = createInterface({ input: process.stdin, output: err });
      try {
        return /^y(es)?$/i.test((await asking.question(`${printable(message)}\nGo on? [y/N] `, { signal })).trim());
      } finally {
        asking.close();
      }
    },
    progress: (title) => (options.json ? silentProgress : err.isTTY ? bar(title, err) : lines(title, err)),
  };
}

/** What went wrong and what to do, on stderr; under `--json` the same as one JSON document. Returns the process's exit code. */
export function reportError(error: unknown, json: boolean, err: NodeJS.WriteStream = process.stderr): number {
  const known = error instanceof CdpError ? error : undefined;
  const code = known?.code ?? 'bug.unexpected';
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    err.write(`${printableJson(JSON.stringify({ error: { code, message, hint: known?.hint ?? null } }))}\n`);
  } else {
    err.write(`${colors.red('error')} ${colors.dim(code)}\n${printable(message)}\n`);
    if (known) err.write(`${colors.yellow('hint')} ${printable(known.hint)}\n`);
    else if (error instanceof Error && error.stack) err.write(`${colors.dim(printable(error.stack))}\n`);
  }
  return known?.exitCode ?? 1;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value, bigintAsString) : String(value);
}

const bigintAsString = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

const silentProgress: Progress = { update: () => undefined, end: () => undefined };

function bar(title: string, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar({
    format: `${printable(title)} {bar} {percentage}% {value}/{total} {note}`,
    hideCursor: true,
    clearOnComplete: false,
    stream,
  });
  let isStarted = false;
  return {
    update(done, total, note = '') {
      if (!isStarted) {
        single.start(total, done, { note: printable(note) });
        isStarted = true;
      }
      single.setTotal(total);
      single.update(done, { note: printable(note) });
    },
    end(note) {
      if (isStarted) single.update({ note: printable(note ?? '') });
      single.stop();
    },
  };
}

/** A log file wants few lines: one at each tenth of the way, and at most one in two seconds. */
function lines(title: string, stream: NodeJS.WriteStream): Progress {
  let lastTenth = -1;
  let lastAt = 0;
  return {
    update(done, total, note = '') {
      const tenth = total > 0 ? Math.floor((done / total) * 10) : 0;
      if (tenth === lastTenth || Date.now() - lastAt < 2_000) return;
      lastTenth = tenth;
      lastAt = Date.now();
      stream.write(printable(`${title} ${done}${total > 0 ? `/${total}` : ''} ${note}\n`));
    },
    end(note) {
      stream.write(printable(`${title} ${note ?? 'done'}\n`));
    },
  };
}
