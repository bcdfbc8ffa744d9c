/**
 * A list of identifiers as a document. `values` stand in it, or in a file beside it. Pure.
 *
 * @example
 * id: opening-guests
 * title: Guests of the opening
 * entity: person
 * of: email
 * file: opening-guests.csv
 * column: E-mail
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Slug } from '../../documents/slug.ts';

/** More belong into a file: the document is kept, shown and compared as a whole. */
const MAX_WRITTEN = 10_000;
const Value = z.union([z.string(), z.int()], { error: 'a text, or a whole number' });
const ValueList = z
  .array(Value)
  .max(MAX_WRITTEN, `at most ${MAX_WRITTEN.toLocaleString('en')} values: put more into a file, \`file: members.csv\``);

/** What the file held when the document was applied: another content is another version of the list. */
const Content = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), values: z.int().min(0) });

export const ListDefinition = z
  .strictObject({
    id: Slug,
    title: z.string().min(1, 'a title: what people call it').max(200, 'a title of at most 200 characters'),
    description: z.string().max(2_000, 'a description of at most 2,000 characters').optional(),
    entity: z.string().min(1),
    /** What the values are: the entity's key, a type of identifiers of the identity graph, or a trait that is unique. */
    of: z.union([z.string().min(1), z.strictObject({ trait: z.string().min(1) })], {
      error: 'a type of identifiers such as email, the key of the entity, or a unique trait: { trait: store_code }',
    }),
    /** A list, or a text with one value in each line, as it is pasted from a sheet. */
    values: z.union([ValueList, z.string().max(1_000_000, 'at most 1,000,000 characters: put more into a file')]).optional(),
    /** Name of a file in the same folder. */
    file: z.string().min(1).optional(),
    /** Name of a column of the file. Left out: each line of the file is one value. */
    column: z.string().min(1).optional(),
    /** Written by Sluice, not by people. */
    content: Content.optional(),
  })
  .superRefine(({ values, file, column }, context) => {
    const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (values === undefined && file === undefined) say([], 'needs the identifiers: `values`, or the `file` that they are in');
    if (values !== undefined && file !== undefined) say(['file'], 'takes one of `values` and `file`, not both');
    if (file === undefined && column !== undefined) say(['column'], 'is the column of a `file`, and there is none');
  });
export type ListDefinition = z.output<typeof ListDefinition>;

/** The values that stand in the document, each once, without space around them. */
export function writtenValues({ values = [] }: ListDefinition): string[] {
  const written = typeof values === 'string' ? values.split(/\r\n|\r|\n/) : values.map(String);
  return distinct(written);
}

/** Without those that are nothing but space. */
export const distinct = (values: readonly string[]): string[] =>
  [...new Set(values.map((value) => value.trim()))].filter((value) => value !== '');

/** Names what is on the list: the same values, read in the same way, have the same version. Undefined as long as the file was not read. */
export function versionOf(definition: ListDefinition): string | undefined {
  const { of, column, file, content } = definition;
  if (file !== undefined && content === undefined) return undefined;
  const what = file === undefined ? writtenValues(definition) : [content?.sha256, column ?? null];
  return createHash('sha256')
    .update(JSON.stringify([of, what]))
    .digest('hex')
    .slice(0, 32);
}
