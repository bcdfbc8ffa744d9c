/**
 * Which models of a project the package reads, and why. `sluice build` finds them by itself; dbt on the plain command line needs the
 * setting `reads` (sql/macros/declared.sql).
 */
import type { DeclaringNode, Manifest } from './manifest.ts';

export interface ReadModel {
  /** The name for the setting `reads`: with its package, `shop.orders`, where Sluice has a model of that name too. */
  readonly name: string;
  /** The dbt package of the model. */
  readonly package: string;
  /** Path within that package. */
  readonly file: string;
  /** Words of meta.sluice that make Sluice read it, such as `identifier`. */
  readonly because: readonly string[];
  /** Models of Sluice that read it. */
  readonly read_by: readonly string[];
}

const OURS = 'sluice';

/** Sorted by name. Models of the package itself are left out: their references are in its SQL. */
export function readModels({ declaring }: Pick<Manifest, 'declaring'>): ReadModel[] {
  const readers = declaring
    .filter(({ packageName }) => packageName === OURS)
    .map((reader) => ({ name: reader.name, words: wordsRead(reader) }))
    .filter(({ words }) => words.length > 0);
  const ours = new Set(declaring.filter(({ packageName }) => packageName === OURS).map(({ name }) => name));
  return declaring
    .filter(({ packageName }) => packageName !== OURS)
    .flatMap((model) => {
      const said = wordsSaid(model);
      const readBy = readers.filter(({ words }) => words.some((word) => said.has(word)));
      if (readBy.length === 0) return [];
      const because = [...new Set(readBy.flatMap(({ words }) => words.filter((word) => said.has(word))))].sort();
      const { name, packageName, file } = model;
      return [
        {
          name: ours.has(name) ? `${packageName}.${name}` : name,
          package: packageName,
          file,
          because,
          read_by: readBy.map((reader) => reader.name).sort(),
        },
      ];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const sluiceOf = (meta: Readonly<Record<string, unknown>>) => (isRecord(meta.sluice) ? meta.sluice : {});

function wordsRead({ meta }: DeclaringNode): string[] {
  const { reads } = sluiceOf(meta);
  return Array.isArray(reads) ? reads.filter((word): word is string => typeof word === 'string') : [];
}

const wordsSaid = ({ meta, columnMetas }: DeclaringNode) => new Set([meta, ...columnMetas].flatMap((each) => Object.keys(sluiceOf(each))));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
