/** A row on its way to a destination: JSON text that the warehouse made, parsed only when its fields are needed. */
import type { Json } from './exact-json.ts';
import { parseExact } from './exact-json.ts';

/** The operation for a row. `add` and `remove` are list membership (mode `audience`). */
export type Operation = 'upsert' | 'delete' | 'add' | 'remove';

export type Fields = Readonly<Record<string, Json>>;

/**
 * Between the rows of a text: a line break, so that rows are found quickly, and a comma, so that consecutive lines are the inside of a JSON
 * array.
 */
export const rowSeparator = ',\n';

export class OutgoingRow {
  /** Position in the run's plan: unique in the run, rising. */
  readonly seq: number;
  readonly operation: Operation;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  #fields: Fields | undefined;

  /** `text` from `start` to `end` is the row as JSON. Rows that follow each other in one text are sent as one piece of it. */
  constructor(seq: number, operation: Operation, text: string, start = 0, end = text.length) {
    this.seq = seq;
    this.operation = operation;
    this.#text = text;
    this.#start = start;
    this.#end = end;
  }

  /** The mapped fields as one JSON object, key fields first. A withheld field is missing. A removal has its key fields only. */
  get json(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  /** Bytes of `json` in UTF-8. */
  get bytes(): number {
    return Buffer.byteLength(this.json);
  }

  /** At least `bytes`, found without reading the text. */
  get bytesAtMost(): number {
    return 3 * (this.#end - this.#start);
  }

  /** The text from `first` to `last` with its commas, if these rows follow each other in one text without a gap. */
  static stretch(rows: Rows): string | undefined {
    const [first] = rows;
    let end = first.#end;
    for (let index = 1; index < rows.length; index += 1) {
      const row = rows[index];
      if (!row || row.#text !== first.#text || row.#start !== end + rowSeparator.length) return undefined;
      end = row.#end;
    }
    return first.#text.slice(first.#start, end);
  }

  /**
   * The row parsed. A connector whose request embeds rows as JSON should insert `json` instead: parsing and printing again costs three
   * times as much as the rest of a delivery. Numbers keep their digits: those that JavaScript would change are an ExactNumber
   * (exact-json.ts).
   */
  get fields(): Fields {
    this.#fields ??= parseExact(this.json) as Fields;
    return this.#fields;
  }
}

/** Connectors are only ever called with at least one row. */
export type Rows = readonly [OutgoingRow, ...OutgoingRow[]];

/** `[{…},{…}]` without parsing: usually a single cut out of the text that the warehouse sent. */
export const jsonArray = (rows: Rows): string => `[${OutgoingRow.stretch(rows) ?? rows.map((row) => row.json).join(',')}]`;
