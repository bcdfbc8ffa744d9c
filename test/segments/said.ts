/** What conditions of the world read as. */
import { readDefinition } from '../../src/segments/document.ts';
import type { Language } from '../../src/segments/sentences/language.ts';
import { namesOf } from '../../src/segments/sentences/names.ts';
import { sentenceOf } from '../../src/segments/sentences/sentence.ts';
import { relatedCatalogue } from './related-world.ts';

export const saidNames = namesOf({
  catalogue: relatedCatalogue('sluice', { isTested: true }),
  segments: new Map([
    ['vip', { title: 'Very important' }],
    ['suppressed', { title: 'Suppressed' }],
    ['odd', { title: 'All of these: “a”, and\n\\ b' }],
  ]),
  events: ['Order Completed', 'Page Viewed', 'Product Added', 'App Opened', 'Screen Viewed'],
});

/** The sentence of a condition beside others, where each part of a group has one of its own. */
export function said(where: object, language: Language = 'en', form: 'head' | 'line' | 'lines' = 'head'): string {
  const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join());
  return sentenceOf(read.definition.where, { language, names: saidNames }, form);
}
