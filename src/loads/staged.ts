/** A file that stands aside of the table that it is meant for, to be looked at before it is published. */
import type { Column } from './columns.ts';
import type { OwnColumn } from './compile-copy.ts';
import type { InputFile } from './inputs.ts';

interface StagedFile {
  readonly file: InputFile;
  readonly loadId: string;
  readonly aside: string;
  /** With the types that they are to have in the target: guessed, until they are settled. */
  readonly columns: readonly Column[];
  /** What a person should know of the file, as sentences. */
  readonly warnings: readonly string[];
}

/** Of text the fields are staged as they stand; Parquet has types of its own. */
export type Staged =
  | (StagedFile & { readonly kind: 'text'; readonly hasEmptyAsNull: boolean; readonly headerProblem?: string })
  | (StagedFile & { readonly kind: 'parquet'; readonly own: ReadonlyMap<string, OwnColumn>; readonly nulls?: string });
