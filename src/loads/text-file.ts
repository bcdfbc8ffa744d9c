/** The types of a text file on its way to rows: the options it is opened with, and the rows, whatever its format. */
import type { FileKind } from './format.ts';

export interface Row {
  /** Line where the row begins, counted from 1. */
  readonly line: number;
  /** The row as it is in the file. */
  readonly text: string;
  /** As many as there are columns; null where the row has no value. Undefined when the row cannot be read; `problem` says why. */
  readonly values?: readonly (string | null)[];
  readonly problem?: string;
  /** The number of fields of a row, when it differs from the number of columns. */
  readonly fields?: number;
}

export interface TextFile {
  readonly columns: readonly string[];
  /** Columns whose values the format itself marks as text: `"00123"` in JSON is not a number, although it looks like one. */
  readonly textColumns: ReadonlySet<string>;
  /** Sentences about the file that a person should read. */
  readonly warnings: readonly string[];
  /** The hint for when most rows have `width` fields and the first line has another number. */
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
  /** CSV: number of lines above the line of names. */
  readonly skipLines?: number;
  readonly onBytes: (bytes: number) => void;
  /** Stops the reading. */
  readonly signal?: AbortSignal | undefined;
}
