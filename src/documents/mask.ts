/** Hides a personal value, leaving enough to see that it is there and of which kind, and too little to know a person by. Pure. */

/** `jane@example.com` → `j•••@e•••`, `+31612345678` → `+•••`, 42 → `•••`; nothing stays nothing, and true and false stay. */
export function masked(value: unknown): unknown {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return '•••';
  return value
    .split('@')
    .map((part) => `${[...part][0] ?? ''}•••`)
    .join('@');
}

/** The same of every value within, to whatever depth; names stay. */
export function maskedWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskedWithin);
  if (typeof value !== 'object' || value === null) return masked(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskedWithin(inner)]));
}
