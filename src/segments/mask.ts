/** Hides a personal value in a preview, leaving enough to see that it is there and of which kind. Pure. */

/** `jane@example.com` → `j•••@e•••`, `+31612345678` → `+•••`; nothing stays nothing. */
export function masked(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return value;
  return String(value)
    .split('@')
    .map((part) => `${[...part][0] ?? ''}•••`)
    .join('@');
}
