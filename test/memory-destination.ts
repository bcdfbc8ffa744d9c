/** A destination in this process: applies what it is sent to a map, or fails as it is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Connector, defineClientObject, defineConnector } from '../src/connector-kit/connector.ts';
import { numberText } from '../src/connector-kit/exact-json.ts';
import type { Fault } from '../src/connector-kit/fault.ts';
import { accepted, type Outcome, refused } from '../src/connector-kit/outcome.ts';
import type { OutgoingRow, Rows } from '../src/connector-kit/row.ts';

/** `fault` befalls the whole batch; with `isApplied` the rows are in all the same (the answer was lost). An array answers row by row. */
export type Reaction = { readonly fault: Fault; readonly isApplied?: boolean } | readonly (Fault | undefined)[] | undefined;

export interface MemoryDestination {
  readonly connector: Connector;
  /** What it holds, by key. */
  readonly held: Map<string, Readonly<Record<string, unknown>>>;
  /** Every row that was applied, in order. */
  readonly applied: OutgoingRow[];
  react(decide: (rows: Rows) => Reaction): void;
  /** How long it takes over each request before it does anything: requests overtake each other. At once by default. */
  pace(msFor: (rows: Rows) => number): void;
}

export interface MemoryOptions {
  readonly isIdempotent?: boolean;
  readonly maxRows?: number;
  /** What it takes for one key: `Ada@…` and `ada@…` when it folds. By default only what is equal. */
  readonly fold?: (key: string) => string;
}

export function memoryDestination(options: MemoryOptions = {}): MemoryDestination {
  const held = new Map<string, Readonly<Record<string, unknown>>>();
  const applied: OutgoingRow[] = [];
  let decide: (rows: Rows) => Reaction = () => undefined;
  let msFor: ((rows: Rows) => number) | undefined;
  const fold = options.fold ?? ((key) => key);

  const apply = (row: OutgoingRow) => {
    const { email } = row.fields;
    const key = fold(numberText(email) ?? String(email));
    applied.push(row);
    if (row.operation === 'upsert' || row.operation === 'add') held.set(key, row.fields);
    else held.delete(key);
  };

  const config = z.strictObject({});
  const object = defineClientObject(config, {
    title: 'Anything',
    modes: ['upsert', 'mirror', 'audience'],
    fields: z.object({ score: z.int().optional().meta({ label: 'Score' }) }).catchall(z.json()),
    options: z.strictObject({ list: z.string().optional() }),
    addressedBy: ['list'],
    batch: { maxRows: options.maxRows ?? 3, maxBytes: 10_000, mixesOperations: false, source: { reason: 'test' } },
    isIdempotent: options.isIdempotent ?? true,
    async open() {
      return {
        async write(rows): Promise<Outcome[]> {
          if (msFor) await sleep(msFor(rows));
          const reaction = decide(rows);
          if (reaction === undefined) rows.forEach(apply);
          else if ('fault' in reaction) {
            if (reaction.isApplied) rows.forEach(apply);
            throw reaction.fault;
          } else {
            rows.forEach((row, index) => {
              if (!reaction[index]) apply(row);
            });
            return rows.map((_, index) => (reaction[index] ? refused(reaction[index]) : accepted));
          }
          return rows.map(() => accepted);
        },
        close: async () => undefined,
      };
    },
    faultOf: (error) => error as Fault,
  });
  const connector = defineConnector({
    slug: 'memory',
    title: 'Memory',
    config,
    hosts: () => [],
    address: () => ({ shown: {} }),
    auth: { kind: 'none', reason: 'rows are kept in memory' },
    limits: { concurrency: 2 },
    objects: { row: object },
    erase: { by: 'delete_operation' },
    claims: [],
  });
  return {
    connector,
    held,
    applied,
    react(next) {
      decide = next;
    },
    pace(next) {
      msFor = next;
    },
  };
}
