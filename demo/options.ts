/** The command line of the demo. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { demoErrors } from './errors.ts';

export interface DemoOptions {
  /** Where everything of the demo lives: the warehouse, the control plane, what the destinations received. */
  readonly folder: string;
  /** Builds on what an earlier run left, instead of starting in an empty folder. */
  readonly keep: boolean;
  /** Leaves the service and the destinations running at the end, until Ctrl-C. */
  readonly serve: boolean;
  /** Prints one JSON object to stdout; progress goes to stderr in any case. */
  readonly json: boolean;
}

export const USAGE = `Usage: npm run demo -- [options]

Lands a year of grocery loyalty data, has dbt build the profiles, publishes five audiences, syncs them to three
destinations, then changes the world and shows that only the differences travel.

  --serve        leave everything running and print what to open; Ctrl-C stops it
  --keep         build on what an earlier run left; without it the folder is emptied first
  --folder PATH  where the demo lives (default .sluice-demo)
  --json         print the result as one JSON object
  --help         this text`;

/** @returns 'help' when only the usage is wanted. @throws CdpError `demo.usage`. */
export function parseOptions(argv: readonly string[]): DemoOptions | 'help' {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        keep: { type: 'boolean', default: false },
        serve: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        folder: { type: 'string', default: '.sluice-demo' },
      },
    });
    if (values.help) return 'help';
    return { folder: resolve(values.folder), keep: values.keep, serve: values.serve, json: values.json };
  } catch (error) {
    throw demoErrors.usage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
