/** What a ClickHouse column type means for segments: the kind of value decides which operators fit. Pure. */
import { innerType, unwrap } from '../sql/column-type.ts';

export type ColumnKind =
  | { readonly kind: 'text' /** Enums and UUIDs are compared as the text they print. */; readonly needsCast: boolean }
  | { readonly kind: 'number'; readonly number: NumberType }
  | { readonly kind: 'boolean' }
  /** A calendar day. */
  | { readonly kind: 'date' }
  /** A moment. */
  | { readonly kind: 'time' }
  | { readonly kind: 'list'; readonly of: 'text' | 'boolean' }
  | { readonly kind: 'list'; readonly of: 'number'; readonly number: NumberType };

export type NumberType =
  /** ClickHouse's name: `UInt32`, `Int128`. */
  | { readonly is: 'integer'; readonly type: string }
  /** Digits in all, and after the decimal point. */
  | { readonly is: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly is: 'float'; readonly type: 'Float32' | 'Float64' };

export interface ColumnType {
  readonly value: ColumnKind;
  readonly isNullable: boolean;
}

/** @returns undefined for types that conditions cannot use (JSON, Map, Tuple, …). */
export function readColumnType(type: string): ColumnType | undefined {
  const withoutLow = unwrap(type.trim(), 'LowCardinality');
  const inner = unwrap(withoutLow, 'Nullable');
  const value = valueKind(inner);
  return value && { value, isNullable: inner !== withoutLow };
}

function valueKind(type: string): ColumnKind | undefined {
  const item = unwrap(type, 'Array');
  if (item !== type) {
    const of = scalarKind(innerType(item));
    if ((of?.kind === 'text' && !of.needsCast) || of?.kind === 'boolean') return { kind: 'list', of: of.kind };
    return of?.kind === 'number' ? { kind: 'list', of: 'number', number: of.number } : undefined;
  }
  return scalarKind(type);
}

function scalarKind(type: string): ColumnKind | undefined {
  if (type === 'String') return { kind: 'text', needsCast: false };
  if (type === 'UUID' || /^(Enum8|Enum16|FixedString)\(/.test(type)) return { kind: 'text', needsCast: true };
  if (type === 'Bool') return { kind: 'boolean' };
  if (type === 'Date' || type === 'Date32') return { kind: 'date' };
  if (/^DateTime(64)?(\(|$)/.test(type)) return { kind: 'time' };
  if (/^U?Int(8|16|32|64|128|256)$/.test(type)) return { kind: 'number', number: { is: 'integer', type } };
  if (type === 'Float32' || type === 'Float64') return { kind: 'number', number: { is: 'float', type } };
  return decimalKind(type);
}

const DIGITS_OF: Readonly<Record<string, number>> = { '32': 9, '64': 18, '128': 38, '256': 76 };

/** `Decimal(18, 2)`, `Decimal(18)`, `Decimal64(2)`. */
function decimalKind(type: string): ColumnKind | undefined {
  const [, precision, scale] = /^Decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(type) ?? [];
  if (precision !== undefined)
    return { kind: 'number', number: { is: 'decimal', precision: Number(precision), scale: Number(scale ?? 0) } };
  const [, bits = '', digits] = /^Decimal(32|64|128|256)\(\s*(\d+)\s*\)$/.exec(type) ?? [];
  if (digits === undefined) return undefined;
  return { kind: 'number', number: { is: 'decimal', precision: DIGITS_OF[bits] ?? 18, scale: Number(digits) } };
}
