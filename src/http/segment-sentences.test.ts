import { expect, test } from 'vitest';
import { languageOf } from './segment-sentences.ts';

const asked = (query: string | undefined, header: string | undefined) => languageOf({ query: () => query, header: () => header });

test.each([
  [undefined, undefined, undefined],
  ['nl', 'en', 'nl'],
  [undefined, 'nl-BE,nl;q=0.9,en;q=0.8', 'nl'],
  [undefined, 'de;q=1, nl;q=0.4, en;q=0.5', 'en'],
  [undefined, 'nl;q=0, en', 'en'],
  [undefined, '*', undefined],
  [undefined, 'fr', undefined],
])('the query %s with Accept-Language %s asks for %s', (query, header, language) => {
  expect(asked(query, header)).toBe(language);
});
