/** A row on its way to a destination: JSON text that the warehouse made, parsed only if somebody looks inside. */
import type { Json } from './exact-json.ts';
import { parseExact } from './exact-json.ts';

/** What a connector is asked to do with a row. `add` and `remove` are list membership (mode `audience`). */
export type Operation = 'upsert' | 'delete' | 'add' | 'remove';

export type Fields = Readonly<Record<string, Json>>;

/** Between the rows of a text: a line each, so that they are found quickly, and a comma, so that a stretch of lines is the inside of a JSON array. */
export const rowSeparator = ',\n';

export class OutgoingRow {
  /** Place in the run's plan: unique in the run, rising. */
  readonly seq: number;
  readonly operation: Operation;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  #fields: Fields | undefined;

  /** `text` from `start` to `end` is the row as JSON: rows that lie side by side in one text leave as one stretch of it. */
  constructor(seq: number, operation: Operation, text: string, start = 0, end = text.length) {
    this.seq = seq;
    this.operation = operation;
    this.#text = text;
    this.#start = start;
    this.#end = end;
  }

  /** The mapped fields as one JSON object, key fields first; a field that is withheld is missing. A removal carries its key fields only. */
  get json(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  /** Of `json` in UTF-8. */
  get bytes(): number {
    return Buffer.byteLength(this.json);
  }

  /** No fewer than `bytes`, without looking at the text. */
  get bytesAtMost(): number {
    return 3 * (this.#end - this.#start);
  }

  /** The texts of `first` to `last` with commas between them, if the rows fill one stretch without a gap. */
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
   * The row parsed. A connector whose request embeds rows as JSON splices `json` instead: parsing and printing again costs three times as
   * much as the rest of a delivery. Numbers keep their digits: those that JavaScript would change are an ExactNumber (exact-json.ts).
   */
  get fields(): Fields {
    this.#fields ??= parseExact(this.json) as Fields;
    return this.#fields;
  }
}

/** Connectors are only ever called with at least one row. */
export type Rows = readonly [OutgoingRow, ...OutgoingRow[]];

/** `[{…},{…}]` without parsing: mostly a single cut out of the text that the warehouse sent. */
export const jsonArray = (rows: Rows): string => `[${OutgoingRow.stretch(rows) ?? rows.map((row) => row.json).join(',')}]`;
