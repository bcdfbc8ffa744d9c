/** The differences of one row, field by field, safe to show. Pure. */
import type { Json } from '../connector-kit/exact-json.ts';

import type { Fields } from '../connector-kit/row.ts';
import { masked } from '../documents/mask.ts';
import type { Mapping } from './compile-mapping.ts';
import type { FieldChange } from './schema.ts';

/** The key fields, and every other field that differs. */
export function fieldChanges(
  before: Fields | undefined,
  after: Fields | undefined,
  mapping: Pick<Mapping, 'keyFields' | 'valueFields' | 'piiFields'>,
): FieldChange[] {
  const shown = (field: string, value: Json | undefined) => (mapping.piiFields.has(field) ? (masked(value) as Json | undefined) : value);
  const changeOf = (field: string, isKey: boolean): FieldChange => ({
    field,
    is_key: isKey,
    from: shown(field, fieldOf(before, field)),
    to: shown(field, fieldOf(after, field)),
  });
  // Compared by their digits, not as JavaScript numbers: a difference in the 17th digit is another payload.
  const differs = ({ name }: { name: string }) => JSON.stringify(fieldOf(before, name)) !== JSON.stringify(fieldOf(after, name));
  return [
    ...mapping.keyFields.map(({ name }) => changeOf(name, true)),
    ...mapping.valueFields.filter(differs).map(({ name }) => changeOf(name, false)),
  ];
}

/** A field may have the name of a member that every object has. */
const fieldOf = (fields: Fields | undefined, name: string): Json | undefined =>
  fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
