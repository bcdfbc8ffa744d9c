/** The command line of the benchmarks. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchErrors } from './errors.ts';
import type { Size } from './pipeline/generate.ts';
import type { ReadersOptions } from './readers/readers.ts';
import { SEGMENT_PARTS, type SegmentsOptions } from './segments/parts.ts';

export interface PipelineOptions extends Size {
  /** Prints one JSON object to stdout, without the table. */
  readonly json: boolean;
  /** Leaves the data directory and its servers for a look; without it both are gone at the end. */
  readonly keep: boolean;
}

/** Parts of the identity benchmark, in the order in which they run. */
export const IDENTITY_PARTS = ['full', 'additions', 'shapes', 'people', 'truth-sets'] as const;
export type IdentityPart = (typeof IDENTITY_PARTS)[number];

export interface IdentityOptions {
  readonly only: ReadonlySet<IdentityPart>;
  /** Of the graph that is solved as a whole. */
  readonly edges: number;
  /** Added to it at a time. */
  readonly newEdges: number;
  /** Noisy people, whose profiles are compared with the truth. */
  readonly people: number;
  /** Folder of CSV files of records of which it is known who is the same person; absolute. */
  readonly truthSets: string | undefined;
  readonly json: boolean;
}

export interface CollectOptions {
  /** Of one measurement. */
  readonly seconds: number;
  /** Sizes of a request, and numbers of connections: every pair is measured. */
  readonly messages: readonly number[];
  readonly connections: readonly number[];
  readonly json: boolean;
}

export type Options =
  | ({ readonly benchmark: 'pipeline' } & PipelineOptions)
  | ({ readonly benchmark: 'identity' } & IdentityOptions)
  | ({ readonly benchmark: 'collect' } & CollectOptions)
  | ({ readonly benchmark: 'readers' } & ReadersOptions)
  | ({ readonly benchmark: 'segments' } & SegmentsOptions);

const BENCHMARKS = ['pipeline', 'identity', 'collect', 'readers', 'segments'] as const;

/** Of each measurement: a few dozen inserts even at a tenth of the usual rate. */
const READERS_SECONDS = 5;

export const USAGE = `Usage: npm run bench -- pipeline [options]
       npm run bench -- identity [options]
       npm run bench -- collect [options]
       npm run bench -- readers [--rounds N] [--json]
       npm run bench -- segments [options]

pipeline: makes people and events inside the warehouse, then measures: a full dbt build, the publication of ten segments
beside the same ten written by hand, the diff of a sync, its delivery beside a bare loop, and the memory of the service.

  --people N   people to make (default 1,000,000)
  --events N   events to make, the first of each person included (default 20,000,000; needs 10 GB of disk)
  --keep       leave the data directory and print where it is

It runs in an embedded ClickHouse server of its own, or in databases of its own at CLICKHOUSE_URL.

identity: solves graphs of identifiers through dbt, beside a bare contraction in SQL and union-find in memory; adds edges
to a large graph; solves shapes that break naive solvers; finds noisy people whose truth is known; links truth sets.

  --edges N    edges of the large graph (default 13,000,000; 100,000,000 need 30 GB of disk and most of an hour)
  --new N      edges added to it at a time (default 100,000)
  --people N   noisy people (default 100,000)
  --only LIST  parts to run: ${IDENTITY_PARTS.join(',')} (default all)
  --truth-sets DIR
               CSV files with a column person (who it is), and others named first_name, email, … (docs/matching.md): links the records,
               builds the profiles and says how well they agree with who it is. Without it that part is skipped

It runs in an embedded ClickHouse server of its own, always.

collect: sends messages to the service over many connections, beside a bare app that parses and answers, and beside inserts of
ClickHouse's own client; says rates, latencies and the memory of the service.

  --seconds N         of each measurement (default 5; a whole run takes about 3 minutes)
  --messages LIST     sizes of a request (default 1,10,100)
  --connections LIST  numbers of connections (default 32,256,1000)

readers: collects beside forty clients that ask ClickHouse for more than the machine has, as a BI tool, as the reader and as the owner;
says which share of its rate collection keeps. One round takes 45 seconds.

  --rounds N   of which the medians are taken (default 3)

segments: finds the members of forty audiences beside the same in SQL written by hand, publishes them alone and a hundred segments
together, and asks for sizes, explanations and overlaps. Made inside the warehouse: 1,000,000 people with 20,000,000 events and their orders.

  --scale S    share of that (default 1; needs 6 GB of disk)
  --rounds N   of which the medians are taken (default 3)
  --only LIST  parts to run: ${SEGMENT_PARTS.join(',')} (default all)
  --keep       leave the data directory and print where it is

All:
  --json       print one JSON object only
  --help       this text`;

/** @returns 'help' when only the usage is wanted. @throws CdpError `bench.usage`. */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  const [benchmark, ...more] = positionals;
  if (more.length > 0 || !isOneOf(BENCHMARKS, benchmark)) throw benchErrors.usage(`There is no benchmark "${positionals.join(' ')}"`);
  const ofCollect = { '--seconds': values.seconds, '--messages': values.messages, '--connections': values.connections };
  const ofIdentity = { '--edges': values.edges, '--new': values.new, '--only': values.only, '--truth-sets': values['truth-sets'] };
  const ofPipeline = { '--people': values.people, '--events': values.events, '--keep': values.keep };
  const ofReaders = { '--rounds': values.rounds };
  const ofSegments = { '--scale': values.scale };
  if (benchmark === 'segments') {
    const { '--only': _, ...ofIdentityAlone } = ofIdentity;
    refuse(benchmark, { ...ofIdentityAlone, ...ofCollect, '--people': values.people, '--events': values.events });
    return {
      benchmark,
      scale: shareOf(values.scale ?? '1'),
      rounds: wholeNumber('--rounds', values.rounds ?? '3'),
      only: partsOf(benchmark, SEGMENT_PARTS, values.only),
      keep: values.keep ?? false,
      json: values.json,
    };
  }
  refuse(benchmark, ofSegments);
  if (benchmark === 'collect') {
    refuse(benchmark, { ...ofIdentity, ...ofPipeline, ...ofReaders });
    return {
      benchmark,
      seconds: secondsOf(values.seconds ?? '5'),
      messages: wholeNumbers('--messages', values.messages ?? '1,10,100'),
      connections: wholeNumbers('--connections', values.connections ?? '32,256,1000'),
      json: values.json,
    };
  }
  if (benchmark === 'readers') {
    refuse(benchmark, { ...ofIdentity, ...ofPipeline, ...ofCollect });
    return { benchmark, seconds: READERS_SECONDS, rounds: wholeNumber('--rounds', values.rounds ?? '3'), json: values.json };
  }
  refuse(benchmark, { ...ofCollect, ...ofReaders });
  if (benchmark === 'identity') {
    refuse(benchmark, { '--events': values.events, '--keep': values.keep });
    return {
      benchmark,
      only: partsOf(benchmark, IDENTITY_PARTS, values.only),
      edges: wholeNumber('--edges', values.edges ?? '13000000'),
      newEdges: wholeNumber('--new', values.new ?? '100000'),
      people: wholeNumber('--people', values.people ?? '100000'),
      truthSets: values['truth-sets'] === undefined ? undefined : resolve(values['truth-sets']),
      json: values.json,
    };
  }
  refuse(benchmark, ofIdentity);
  const people = wholeNumber('--people', values.people ?? '1000000');
  const events = wholeNumber('--events', values.events ?? '20000000');
  if (events < people) throw benchErrors.usage(`--events ${events} leaves people without their first event: there are ${people}`);
  return { benchmark, people, events, json: values.json, keep: values.keep ?? false };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        people: { type: 'string' },
        events: { type: 'string' },
        keep: { type: 'boolean' },
        edges: { type: 'string' },
        new: { type: 'string' },
        only: { type: 'string' },
        'truth-sets': { type: 'string' },
        seconds: { type: 'string' },
        messages: { type: 'string' },
        connections: { type: 'string' },
        rounds: { type: 'string' },
        scale: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw benchErrors.usage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** An option of the other benchmark would be ignored without a word. */
function refuse(benchmark: string, others: Readonly<Record<string, string | boolean | undefined>>): void {
  for (const [option, value] of Object.entries(others))
    if (value !== undefined) throw benchErrors.usage(`${option} is not an option of the benchmark ${benchmark}`);
}

function partsOf<P extends string>(benchmark: string, parts: readonly P[], list: string | undefined): ReadonlySet<P> {
  if (list === undefined) return new Set(parts);
  return new Set(
    list.split(',').map((name) => {
      if (!isOneOf(parts, name))
        throw benchErrors.usage(`There is no part "${name}" of the ${benchmark} benchmark; known: ${parts.join(', ')}`);
      return name;
    }),
  );
}

function isOneOf<T extends string>(all: readonly T[], name: string | undefined): name is T {
  return all.some((one) => one === name);
}

function shareOf(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 10)) throw benchErrors.usage(`--scale takes a number above 0 and at most 10, not ${text}`);
  return value;
}

const wholeNumbers = (option: string, list: string): number[] => list.split(',').map((text) => wholeNumber(option, text));

function secondsOf(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 3_600)) throw benchErrors.usage(`--seconds takes a number above 0, not ${text}`);
  return value;
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isSafeInteger(value) || value < 1) throw benchErrors.usage(`${option} takes a whole number from 1, not ${text}`);
  return value;
}
