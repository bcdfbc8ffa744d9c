/** What is wrong with a document that a person wrote, and where in it: one shape for syntax, structure, names and references. Pure. */
import { distance } from 'fastest-levenshtein';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** Nearest names that exist, best first. */
  readonly suggestions?: readonly string[];
  /** 1-based; known where the document was written as YAML. */
  readonly line?: number;
  readonly column?: number;
}

/** As a person would write it: `where.all[1].trait`. */
export function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** `activations/segments/x.yml:7:9 where.all[1].trait: there is no trait … Did you mean country_code?` */
export function formatProblem(problem: Problem, file?: string): string {
  const place = [file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const path = formatPath(problem.path);
  const { message, suggestions } = problem;
  const end = /[.?!]$/.test(message) ? '' : '.';
  const hint = suggestions?.length ? `${end} Did you mean ${suggestions.join(' or ')}?` : '';
  return `${[place, path].filter((part) => part !== '').join(' ')}${place || path ? ': ' : ''}${message}${hint}`;
}

/** At most three names that are near enough to be a slip: a third of the letters may differ. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.ceil(name.length / 3));
  return [...names]
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()), contains: candidate.toLowerCase().includes(wanted) }))
    .filter(({ far, contains }) => far <= limit || (contains && wanted.length >= 3))
    .sort((a, b) => a.far - b.far || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
