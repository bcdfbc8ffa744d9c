/** How a document is named, whatever its kind: what one document is called, every other can refer to. Pure. */
import * as z from 'zod';

/** Lower case, digits and single hyphens. A name without `_` can become part of a table's name with `_` for `-`, and back. */
export const SLUG = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export const Slug = z
  .string()
  .max(64, 'at most 64 characters')
  .regex(SLUG, 'lower-case letters, digits and single hyphens, starting with a letter');
