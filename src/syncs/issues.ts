/** The problems of a sync or destination document, as one error that keeps every place in it. */
import type * as z from 'zod';
import { formatProblem, type Path, type Problem } from '../documents/problem.ts';
import { problemsOf } from '../documents/zod-problems.ts';
import type { CdpError } from '../errors.ts';
import { errors } from './errors.ts';

/** A line for each problem: `sync x: fields.email: …`. */
export function invalid(document: string, problems: readonly Problem[]): CdpError {
  return errors.invalid(problems.map((problem) => `${document}: ${formatProblem(problem)}`).join('\n'), { problems });
}

/** zod's findings about the part of a document at `within`. */
export function problemsWithin(error: z.ZodError, schema: z.ZodType, document: unknown, within: Path = []): Problem[] {
  return problemsOf(error, { schema, document }).map((problem) => ({ ...problem, path: [...within, ...problem.path] }));
}
