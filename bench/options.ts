/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { benchErrors } from './errors.ts';
import type { Size } from './pipeline/generate.ts';

export interface PipelineOptions extends Size {
  /** Prints one JSON object to stdout, without the table. */
  readonly json: boolean;
  /** Leaves the data directory and its servers for a look; without it both are gone at the end. */
  readonly keep: boolean;
}

export const USAGE = `Usage: npm run bench -- pipeline [options]

Makes people and events inside the warehouse, then measures: a full dbt build, the publication of ten segments beside
the same ten written by hand, the diff of a sync, its delivery beside a bare loop, and the memory of the service.

  --people N   people to make (default 1,000,000)
  --events N   events to make, the first of each person included (default 20,000,000; needs 10 GB of disk)
  --keep       leave the data directory and print where it is
  --json       print one JSON object only
  --help       this text

It runs in an embedded ClickHouse server of its own, or in databases of its own at CLICKHOUSE_URL.`;

/** @returns 'help' when only the usage is wanted. @throws CdpError `bench.usage`. */
export function parseOptions(argv: readonly string[]): PipelineOptions | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  if (positionals.length !== 1 || positionals[0] !== 'pipeline')
    throw benchErrors.usage(`There is no benchmark "${positionals.join(' ')}"`);
  const people = wholeNumber('--people', values.people);
  const events = wholeNumber('--events', values.events);
  if (events < people) throw benchErrors.usage(`--events ${events} leaves people without their first event: there are ${people}`);
  return { people, events, json: values.json, keep: values.keep };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        people: { type: 'string', default: '1000000' },
        events: { type: 'string', default: '20000000' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw benchErrors.usage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isSafeInteger(value) || value < 1) throw benchErrors.usage(`${option} takes a whole number from 1, not ${text}`);
  return value;
}
