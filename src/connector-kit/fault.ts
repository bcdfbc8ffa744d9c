/** What can go wrong with a delivery, grouped by who must act. The engine decides by `kind` alone; connectors only classify. */
export type Fault =
  | { kind: 'config'; message: string }
  | { kind: 'auth'; message: string }
  | { kind: 'row_invalid'; message: string; field?: string }
  | { kind: 'row_conflict'; message: string }
  | { kind: 'not_found'; message: string }
  | { kind: 'too_large'; message: string }
  | { kind: 'throttled'; message: string; retryAfterMs?: number }
  /** `isUnsent`: no connection was made, so the destination cannot have read anything of the request. */
  | { kind: 'transient'; message: string; isUnsent?: true }
  /** The request was sent and no answer came. This is not a failure: it may have been applied. */
  | { kind: 'unknown_result'; message: string }
  | { kind: 'vendor_contract'; message: string };

export type FaultKind = Fault['kind'];

export type NextStep = 'reject_row' | 'split_batch' | 'wait_and_retry' | 'pause_connection' | 'stop_run' | 'hold_for_a_person';

/** What the engine does about a fault. Exhaustive: a new kind does not compile until it is handled here. */
export function nextStep(fault: Fault, destinationIsIdempotent: boolean): NextStep {
  switch (fault.kind) {
    case 'config':
    case 'vendor_contract':
      return 'stop_run';
    case 'auth':
      return 'pause_connection';
    case 'row_invalid':
    case 'row_conflict':
    case 'not_found':
      return 'reject_row';
    case 'too_large':
      return 'split_batch';
    case 'throttled':
    case 'transient':
      return 'wait_and_retry';
    case 'unknown_result':
      return destinationIsIdempotent ? 'wait_and_retry' : 'hold_for_a_person';
  }
}

/**
 * Whether the rows were turned away before the destination looked at them: no connection, a wrong login or address, or a service that is
 * unavailable. They count as not sent, which is not the same as rejected.
 */
export function wasNotSent(fault: Fault): boolean {
  switch (fault.kind) {
    case 'config':
    case 'auth':
    case 'throttled':
      return true;
    case 'transient':
      return fault.isUnsent === true;
    default:
      return false;
  }
}

/**
 * Whether the destination may have applied the rows in spite of this fault: a server that failed, a missing answer, or an answer that
 * cannot be understood.
 */
export function leavesDoubt(fault: Fault): boolean {
  if (fault.kind === 'transient') return fault.isUnsent !== true;
  return fault.kind === 'unknown_result' || fault.kind === 'vendor_contract';
}
