/** One row's difference, field by field, fit to be shown. Pure. */
import type { Fields, Json } from '../connector-kit/row.ts';
import type { Mapping } from './compile-mapping.ts';

export interface FieldChange {
  readonly field: string;
  readonly is_key: boolean;
  /** Undefined: nothing was sent. */
  readonly from: Json | undefined;
  /** Undefined: the row goes. */
  readonly to: Json | undefined;
}

/** The key fields, and every other field that differs. */
export function fieldChanges(
  before: Fields | undefined,
  after: Fields | undefined,
  mapping: Pick<Mapping, 'keyFields' | 'valueFields' | 'piiFields'>,
): FieldChange[] {
  const shown = (field: string, value: Json | undefined) => (mapping.piiFields.has(field) ? mask(value) : value);
  const changeOf = (field: string, isKey: boolean): FieldChange => ({
    field,
    is_key: isKey,
    from: shown(field, fieldOf(before, field)),
    to: shown(field, fieldOf(after, field)),
  });
  // By their digits, not by what JavaScript makes of them: what differs in the 17th digit is another payload.
  const differs = ({ name }: { name: string }) => JSON.stringify(fieldOf(before, name)) !== JSON.stringify(fieldOf(after, name));
  return [
    ...mapping.keyFields.map(({ name }) => changeOf(name, true)),
    ...mapping.valueFields.filter(differs).map(({ name }) => changeOf(name, false)),
  ];
}

/** A field may have the name of something that every object has. */
const fieldOf = (fields: Fields | undefined, name: string): Json | undefined =>
  fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;

/** `ada@example.com` → `a…@e….com`, `Ada` → `A…`: enough to recognise one's own test row, too little to recognise a person. */
export function mask(value: Json | undefined): Json | undefined {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return '…';
  const [, user, host, ending] = /^(.).*@(.).*(\.[^.]+)$/u.exec(value) ?? [];
  if (user !== undefined) return `${user}…@${host}…${ending}`;
  return value === '' ? '' : `${[...value][0]}…`;
}
