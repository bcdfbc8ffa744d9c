/** What `sluice init` did, file by file. */

export interface FileOutcome {
  /** From the project. */
  readonly path: string;
  /** `left`: something else is there, which was not touched. */
  readonly did: 'created' | 'changed' | 'unchanged' | 'left';
  readonly what: string;
}

export interface InitOutcome {
  /** Absolute. */
  readonly projectDir: string;
  /** Path from the project to the dbt package, as packages.yml names it. */
  readonly packagePath: string;
  readonly isDryRun: boolean;
  readonly files: readonly FileOutcome[];
  /** Sentences: what to know, and what to do next. */
  readonly next: readonly string[];
}
