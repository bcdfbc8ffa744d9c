/** The allowed words of `meta.sluice`. Any other word would silently have no effect, so it is refused. Pure. */
import { errors } from './errors.ts';
import { didYouMean } from './meta.ts';
import type { PublishedModel } from './published-model.ts';

/** Also in sql/macros/declared.sql, for builds; contract.test.ts compares the two. */
export const WORDS = {
  model: [
    'audience',
    'decisions',
    'entity',
    'events',
    'foreign_key',
    'freshness',
    'identity',
    'key',
    'label',
    'membership',
    'name',
    'order_lines',
    'orders',
    'reads',
    'related',
    'role',
    'title',
  ],
  column: [
    'attribute',
    'currency',
    'entity',
    'identifier',
    'label',
    'match',
    'parent',
    'part',
    'pii',
    'readings',
    'trait',
    'traits',
    'unit',
  ],
} as const;

/** Checks a model, its columns and its relationships tests. @throws CdpError `catalogue.invalid`. */
export function assertKnownWords({ name, meta, columns, tests = [] }: PublishedModel): void {
  assertKnown(`the model ${name}`, meta.sluice, WORDS.model);
  for (const column of columns) assertKnown(`${name}.${column.name}`, column.meta.sluice, WORDS.column);
  for (const test of tests)
    if (test.is === 'relationships') assertKnown(`the relationships test of ${name}.${test.column}`, test.meta.sluice, ['related']);
}

function assertKnown(place: string, said: unknown, words: readonly string[]): void {
  if (said === undefined || said === null) return;
  if (typeof said !== 'object' || Array.isArray(said))
    throw errors.invalid(
      `The meta.sluice of ${place} is ${JSON.stringify(said)}, and must be a block of keys, such as \`{ entity: person }\`.`,
    );
  for (const word of Object.keys(said))
    if (!words.includes(word))
      throw errors.invalid(
        `The meta.sluice of ${place} says \`${word}\`, which is not one of its words.${didYouMean(word, words)} There are ${words.join(', ')}.`,
      );
}

/** The model without the unknown words: for a check that has reported them and looks for further problems. */
export function withoutUnknownWords<M extends Pick<PublishedModel, 'meta' | 'columns'>>(model: M): M {
  const kept = (meta: Readonly<Record<string, unknown>>, words: readonly string[]) => {
    const said = meta.sluice;
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return meta;
    return { ...meta, sluice: Object.fromEntries(Object.entries(said).filter(([word]) => words.includes(word))) };
  };
  const columns = model.columns.map((column) => ({ ...column, meta: kept(column.meta, WORDS.column) }));
  return { ...model, meta: kept(model.meta, WORDS.model), columns };
}
