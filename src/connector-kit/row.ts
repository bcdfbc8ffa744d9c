/** A row on its way to a destination: JSON text that the warehouse made, parsed only if somebody looks inside. */

/** What a connector is asked to do with a row. `add` and `remove` are list membership (mode `audience`). */
export type Operation = 'upsert' | 'delete' | 'add' | 'remove';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Fields = Readonly<Record<string, Json>>;

export class OutgoingRow {
  /** Place in the run's plan: unique in the run, rising. */
  readonly seq: number;
  readonly operation: Operation;
  /** The mapped fields as one JSON object, key fields first. A removal carries its key fields only. */
  readonly json: string;
  #fields: Fields | undefined;

  constructor(seq: number, operation: Operation, json: string) {
    this.seq = seq;
    this.operation = operation;
    this.json = json;
  }

  /**
   * The row parsed. A connector whose request embeds rows as JSON splices `json` instead: parsing and printing again costs three times as
   * much as the rest of a delivery, and loses the digits of integers above 2^53.
   */
  get fields(): Fields {
    this.#fields ??= JSON.parse(this.json) as Fields;
    return this.#fields;
  }
}

/** Connectors are only ever called with at least one row. */
export type Rows = readonly [OutgoingRow, ...OutgoingRow[]];

/** `[{…},{…}]` without parsing. */
export const jsonArray = (rows: readonly OutgoingRow[]): string => `[${rows.map((row) => row.json).join(',')}]`;
