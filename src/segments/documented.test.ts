import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goldens } from '../../test/segments/goldens.ts';
import { NODE_KEYS, SegmentDefinition } from './definition.ts';
import { MEASURES } from './language/event.ts';
import { OPERATORS } from './language/operators.ts';
import { RELATED_MEASURES } from './language/related.ts';
import { Step } from './language/sequence.ts';
import { During, Within } from './language/window.ts';

const PAGES = ['segments.md', 'segments-whole.md', 'segments-from-outside.md'];
const docs = PAGES.map((page) => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')).join('\n');
/** In code on the page, as a word: `gte`, or `{ gte: 3 }`. */
const isDocumented = (word: string) => new RegExp(`\`[^\`\\n]*\\b${word}\\b[^\`\\n]*\`|^[^|\\n]*\\b${word}: `, 'm').test(docs);
const isInGolden = (word: string) => goldens.some(({ definition }) => new RegExp(`\\b${word}\\b`).test(definition));

const fieldsOf = (schema: { readonly shape: object }) => Object.keys(schema.shape);

test.each([
  ['kinds of conditions', NODE_KEYS],
  ['operators', OPERATORS],
  ['measures', MEASURES],
  ['windows', [...new Set([...fieldsOf(During), ...fieldsOf(Within)])]],
  ['words of a step', fieldsOf(Step)],
  ['words of related rows', [...RELATED_MEASURES, 'at', 'that']],
])('all %s are on the pages and in an example whose SQL is kept', (_, words) => {
  expect(words.filter((word) => !isDocumented(word))).toEqual([]);
  expect(words.filter((word) => !isInGolden(word))).toEqual([]);
});

test('all fields of a segment are on the pages', () => {
  expect(fieldsOf(SegmentDefinition).filter((word) => !isDocumented(word))).toEqual([]);
});
