import { expect, test } from 'vitest';
import { readDefinition } from '../../src/segments/document.ts';
import { documentOf, readDocument } from '../../src/segments/sentences/document.ts';
import { LANGUAGES } from '../../src/segments/sentences/language.ts';
import { readSentence, sentenceOf } from '../../src/segments/sentences/sentence.ts';
import * as examples from './sentence-examples.ts';
import { exampleNames as names } from './sentences-page.ts';

const { WHOLE_EXAMPLE, OTHER_EXAMPLES, ...groups } = examples;

test.each(LANGUAGES)('each example of the page is read back as it is written in %s', (language) => {
  for (const node of [...Object.values(groups).flatMap((group) => Object.values(group)), ...OTHER_EXAMPLES]) {
    const said = sentenceOf(node, { language, names }, 'line');
    expect(said).not.toMatch(/as written|zoals geschreven/);
    expect(readSentence(said, { language, names }), said).toEqual({ ok: true, value: node });
  }
  const said = documentOf(WHOLE_EXAMPLE, { language, names });
  const read = readDefinition(WHOLE_EXAMPLE);
  expect(readDocument(said, { language, names }), said).toEqual({ ok: true, value: read.ok ? read.definition : undefined });
});
