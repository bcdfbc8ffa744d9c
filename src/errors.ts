/** The one error class, and the way a room declares what can go wrong in it. docs/errors.md is generated from these declarations. */
import type { Problem } from './documents/problem.ts';

/** Who must act. The same words as a delivery's faults (connector-kit/fault.ts) where they mean the same. */
export type ErrorFault =
  | 'usage'
  | 'config'
  | 'auth'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'throttled'
  | 'transient'
  | 'failed'
  | 'bug';

/**
 * Process exit codes of every command: 0 done; 1 the work was tried and failed (a model, a sync, rejected rows under `--strict`);
 * 2 the input or the definition is wrong; 3 the surroundings are (configuration, a server that does not answer, a missing program);
 * 130 interrupted.
 */
export type ExitCode = 1 | 2 | 3 | 130;

export interface ErrorDeclaration {
  /** One sentence for docs/errors.md: when this is raised. */
  readonly summary: string;
  readonly fault: ErrorFault;
  /** HTTP status when it reaches a client of the service. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 501 | 503;
  readonly exitCode: ExitCode;
  /** What to do, when the place that raises it knows nothing better. */
  readonly hint: string;
}

export interface ErrorDetails {
  readonly hint?: string;
  readonly cause?: unknown;
  /** Where a document is wrong, each with its place in it. The message says the same in lines. */
  readonly problems?: readonly Problem[];
  /** Safe to log and to return: names, ids, counts. Never values from customers' rows. */
  readonly context?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** An expected failure that crosses a room: says what happened, to which thing, and what to do. Anything else that is thrown is a bug. */
export class CdpError extends Error {
  override readonly name = 'CdpError';
  /** `room.what`, stable: clients and docs refer to it. */
  readonly code: string;
  readonly fault: ErrorFault;
  readonly status: ErrorDeclaration['status'];
  readonly exitCode: ExitCode;
  readonly hint: string;
  readonly context: NonNullable<ErrorDetails['context']>;
  readonly problems: readonly Problem[];

  constructor(code: string, declaration: ErrorDeclaration, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fault = declaration.fault;
    this.status = declaration.status;
    this.exitCode = declaration.exitCode;
    this.hint = details.hint ?? declaration.hint;
    this.context = details.context ?? {};
    this.problems = details.problems ?? [];
  }
}

/** Every declaration made so far, by code. Filled as rooms are imported; the generator of docs/errors.md imports them all. */
export const declaredErrors = new Map<string, ErrorDeclaration>();

type Raise = (message: string, details?: ErrorDetails) => CdpError;

/**
 * Declares the errors of one room: `const errors = defineErrors('warehouse', { unreachable: {…} })`, then
 * `throw errors.unreachable('ClickHouse at http://… does not answer')`. Codes read `warehouse.unreachable`.
 */
export function defineErrors<K extends string>(
  room: string,
  declarations: Readonly<Record<K, ErrorDeclaration>>,
): Readonly<Record<K, Raise>> {
  const raise = {} as Record<K, Raise>;
  for (const key of Object.keys(declarations) as K[]) {
    const code = `${room}.${key}`;
    const declaration = declarations[key];
    if (declaredErrors.has(code)) throw new Error(`error code ${code} is declared twice`);
    declaredErrors.set(code, declaration);
    raise[key] = (message, details) => new CdpError(code, declaration, message, details);
  }
  return raise;
}
