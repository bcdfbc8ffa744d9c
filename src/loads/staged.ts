/** A file whose rows are in a staging table, to be checked before they are published. */
import type { Column } from './columns.ts';
import type { OwnColumn } from './compile-copy.ts';
import type { InputFile } from './inputs.ts';

interface StagedFile {
  readonly file: InputFile;
  readonly loadId: string;
  readonly aside: string;
  /** With the types that they will have in the target: guessed first, then settled. */
  readonly columns: readonly Column[];
  /** Sentences about the file that a person should read. */
  readonly warnings: readonly string[];
}

/** Fields of a text file are staged as texts; Parquet has types of its own. */
export type Staged =
  | (StagedFile & { readonly kind: 'text'; readonly hasEmptyAsNull: boolean; readonly headerProblem?: string })
  | (StagedFile & { readonly kind: 'parquet'; readonly own: ReadonlyMap<string, OwnColumn>; readonly nulls?: string });
