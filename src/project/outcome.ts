/** The result of `sluice init`, file by file. */

export interface FileOutcome {
  /** Path relative to the project. */
  readonly path: string;
  /** `left`: the file exists with other content and was not touched. */
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
