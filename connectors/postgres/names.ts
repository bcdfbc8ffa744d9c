/** Names that PostgreSQL keeps as they are. */
import * as z from 'zod';
import { type NameLimits, nameProblem } from '../../src/connector-kit/name-limits.ts';

const taken = 'every table of PostgreSQL has such a system column';

/** PostgreSQL cuts longer names without an error. Names are quoted, so case is kept. */
export const postgresNames: NameLimits = {
  maxBytes: 63,
  compares: 'exactly',
  reserved: { tableoid: taken, xmin: taken, cmin: taken, xmax: taken, cmax: taken, ctid: taken },
  source: { link: 'https://www.postgresql.org/docs/current/limits.html', checkedOn: '2026-11-30' },
};

/** A name of a schema or a table. */
export const postgresName = z
  .string()
  .min(1)
  .superRefine((name, context) => {
    const problem = nameProblem(name, { ...postgresNames, reserved: {} }, 'PostgreSQL');
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    if (name.includes('\u0000')) context.addIssue({ code: 'custom', message: 'a name has no NUL' });
  });
