/** A text file on its way to rows: what it is opened from, and what comes out, whatever its format. */
import type { FileKind } from './format.ts';

export interface Row {
  /** Counted from 1, where the row begins. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  /** As many as there are columns; null where the row has none. Undefined: the row cannot be read, and `problem` says why. */
  readonly values?: readonly (string | null)[];
  readonly problem?: string;
  /** How many fields a row has that has not as many as there are columns. */
  readonly fields?: number;
}

export interface TextFile {
  readonly columns: readonly string[];
  /** Columns whose values the format itself calls text: `"00123"` in JSON is no number, whatever it looks like. */
  readonly textColumns: ReadonlySet<string>;
  /** What a person should know of it, as sentences. */
  readonly warnings: readonly string[];
  /** Says what to do when most rows have `width` fields, and the first line has another number. */
  titleHint(width: number): string;
  rows(): AsyncIterable<Row>;
}

export interface TextSource {
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  /** A label of the WHATWG Encoding Standard; by default what the file's first bytes say, else UTF-8. */
  readonly encoding?: string;
  readonly delimiter?: string;
  /** Lines above the line of names, of CSV. */
  readonly skipLines?: number;
  readonly onBytes: (bytes: number) => void;
  /** Ends the reading of it. */
  readonly signal?: AbortSignal | undefined;
}
