/** The result of a build, made from dbt's reports. Pure. */
import type { NodeResult } from './protocol.ts';

export type BuildStatus = 'success' | 'failed' | 'cancelled' | 'timed_out' | 'crashed';

/** The source file of a model or test. */
export interface SourcePosition {
  /** Name of the dbt project that it belongs to. */
  readonly package: string;
  /** Path within that project. */
  readonly file: string;
}

export interface ModelResult extends SourcePosition {
  readonly name: string;
  readonly uniqueId: string;
  readonly database: string;
  readonly table: string;
  readonly materialized: string;
  readonly status: 'success' | 'error' | 'skipped';
  /** Rows of the table now; null for views and for what was not built. */
  readonly rows: number | null;
  readonly seconds: number;
  /** The query that filled it; null when none ran. */
  readonly queryId: string | null;
  readonly error?: ModelError;
}

export interface ModelError {
  /** The database's own message. */
  readonly message: string;
  readonly compiledPath: string | null;
  readonly compiledLine: number | null;
}

export interface TestResult extends SourcePosition {
  readonly name: string;
  readonly status: 'pass' | 'warn' | 'fail' | 'error' | 'skipped';
  readonly message: string | null;
  readonly compiledPath: string | null;
  /** The model and column of a test that yml declares; null for others. */
  readonly testedModel: string | null;
  readonly testedColumn: string | null;
}

/** A column in which some values could not be read. These are unknown in every table (docs/source-formats.md). */
export interface UnreadableColumn {
  readonly source: string;
  readonly table: string;
  readonly column: string;
  readonly unreadable: number;
  /** Values that are there, readable or not. */
  readonly values: number;
}

export interface BuildResult {
  readonly runId: string;
  /** dbt's own id of the run; it is in the comment of each of its queries. */
  readonly invocationId: string;
  readonly status: 'success' | 'failed';
  readonly startedAt: Date;
  readonly seconds: number;
  readonly models: readonly ModelResult[];
  readonly tests: readonly TestResult[];
  /** Notes that are no failures: values that could not be used, in numbers. */
  readonly notes: readonly BuildNote[];
  /** Most unreadable values first; empty when this build counted nothing. */
  readonly unreadable: readonly UnreadableColumn[];
}

export interface BuildNote {
  /** What is counted, such as `identity.links_refused`. */
  readonly code: string;
  readonly count: number;
  /** A sentence with the number, the reason, and where to look. */
  readonly message: string;
}

/** @param rowsOf number of rows of a model's table, by the model's unique id. */
export function modelResults(results: readonly NodeResult[], rowsOf: ReadonlyMap<string, number | null>): ModelResult[] {
  return results.filter(isModel).map((node) => {
    const status = node.status === 'success' ? 'success' : node.status === 'error' ? 'error' : 'skipped';
    return {
      name: node.name,
      uniqueId: node.unique_id,
      package: node.package,
      file: node.file,
      database: node.schema ?? '',
      table: node.alias ?? node.name,
      materialized: node.materialized ?? '',
      status,
      rows: status === 'success' ? (rowsOf.get(node.unique_id) ?? null) : null,
      seconds: node.seconds,
      queryId: node.query_id,
      ...(status === 'error'
        ? { error: { message: databaseMessage(node.message ?? ''), compiledPath: node.compiled_path, compiledLine: node.compiled_line } }
        : {}),
    };
  });
}

export function testResults(results: readonly NodeResult[]): TestResult[] {
  return results
    .filter((node) => isTest(node) || isFailedHook(node))
    .map((node) => ({
      name: node.name,
      status: testStatus(node.status),
      message: node.message === null ? null : databaseMessage(node.message),
      compiledPath: node.compiled_path,
      package: node.package,
      file: node.file,
      testedModel: node.tested_model,
      testedColumn: node.tested_column,
    }));
}

/** Seeds and snapshots make tables as models do. */
export const isModel = (node: { readonly resource_type: string }) => ['model', 'seed', 'snapshot'].includes(node.resource_type);

const isTest = ({ resource_type }: NodeResult) => ['test', 'unit_test'].includes(resource_type);

/**
 * Hooks of `on-run-start` and `on-run-end` that failed: listed with the tests, since the build has failed. Exposures and the like are not
 * part of a build.
 */
const isFailedHook = ({ resource_type, status }: NodeResult) => resource_type === 'operation' && ['error', 'fail'].includes(status);

function testStatus(status: string): TestResult['status'] {
  switch (status) {
    case 'pass':
    case 'success':
      return 'pass';
    case 'warn':
    case 'fail':
    case 'error':
      return status;
    default:
      return 'skipped';
  }
}

/** Without what dbt and the driver add: the model's name (known), the address and the path of the file (printed apart). */
export function databaseMessage(message: string): string {
  return message
    .replace(/^\s*(Database|Compilation|Runtime) Error in .*\n/, '')
    .replace(/Received ClickHouse exception, code: \d+, server response: /, '')
    .replace(/ \(for url [^)]*\)/, '')
    .replace(/\n\s*compiled code at .*$/s, '')
    .replace(/^ {2}/gm, '')
    .trim();
}
