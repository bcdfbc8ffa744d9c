/** What a PostgreSQL error means for a delivery. Messages name code, table, column and constraint: never the server's text, which quotes values. */
import type { Fault } from '../../src/connector-kit/fault.ts';
import { ColumnsRefused } from './columns.ts';

/** Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html (2026-11). */
export function faultOf(error: unknown, fieldAtFault?: string): Fault {
  if (error instanceof ColumnsRefused) return { kind: 'config', message: error.message };
  const { code, constraint, message, ...details } = detailsOf(error);
  const column = details.column ?? fieldAtFault;
  const where = [constraint && `constraint ${constraint}`, column && `column ${column}`].filter(Boolean).join(', ');
  const text = `${meaningOf(code)} (${code}${where ? `, ${where}` : ''})`;
  const field = column ? { field: column } : {};

  if (isDataError(error)) return { kind: 'row_invalid', message: text, ...field };
  switch (code) {
    case 'FORBIDDEN_ADDRESS':
      return {
        kind: 'config',
        message: 'the server is on a private network; set allow_private_network: true in the destination if that is meant',
      };
    case '40001':
    case '40P01':
    case '55P03':
    case '57P01':
    case '57P02':
    case '57P03':
      return { kind: 'transient', message: text };
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { kind: 'transient', message: `no connection (${code})`, isUnsent: true };
    default:
  }
  if (code.startsWith('28') || code === '42501') return { kind: 'auth', message: text };
  if (code.startsWith('53') || code.startsWith('08')) return { kind: 'transient', message: text };
  if (/^[0-9A-Z]{5}$/.test(code)) return { kind: 'config', message: text };
  if (message.includes('does not support SSL'))
    return { kind: 'config', message: 'the server offers no TLS; write sslmode=disable into the URL if rows may go unencrypted' };
  if (message.includes('timeout exceeded when trying to connect'))
    return { kind: 'transient', message: 'no connection within the time limit', isUnsent: true };
  return { kind: 'unknown_result', message: `the connection ended before the answer (${code})` };
}

/** The error concerns one row: a value that does not fit (22), a constraint (23), or two rows that become one key in the table (21). */
export function isDataError(error: unknown): boolean {
  return /^(21|22|23)/.test(detailsOf(error).code);
}

/** A value that does not fit its column: PostgreSQL does not say which one. */
export function isValueError(error: unknown): boolean {
  return detailsOf(error).code.startsWith('22');
}

function meaningOf(code: string): string {
  switch (code) {
    case '21000':
      return 'two rows are one key in the table';
    case '23502':
      return 'null in a column that refuses it';
    case '23503':
      return 'no such row in the referenced table';
    case '23505':
      return 'the value exists already';
    case '23514':
      return 'a check refuses the row';
    case '42P01':
      return 'the table does not exist; create it, or set create_table: true';
    case '42703':
      return 'a mapped column does not exist; create it, or set create_table: true';
    case '42P10':
      return 'the key columns have no unique index, which an upsert needs';
    case '3D000':
      return 'the database does not exist';
    case '3F000':
      return 'the schema does not exist';
    default:
      return code.startsWith('22') ? 'a value does not fit its column' : 'PostgreSQL refused';
  }
}

interface Details {
  readonly code: string;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
  readonly message: string;
}

function detailsOf(error: unknown): Details {
  const source: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const inner = error instanceof AggregateError ? detailsOf(error.errors[0]) : undefined;
  return {
    code: text(source.code) ?? inner?.code ?? 'UNKNOWN',
    column: text(source.column),
    constraint: text(source.constraint),
    message: error instanceof Error ? error.message : '',
  };
}
