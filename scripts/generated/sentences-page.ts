/** docs/segments-sentences.md: the sentences of the segment language, each from an example that is written by the language's own phrases. */
import type { Node } from '../../src/segments/definition.ts';
import { written } from '../../src/segments/diff-definitions.ts';
import { documentOf } from '../../src/segments/sentences/document.ts';
import { LANGUAGES } from '../../src/segments/sentences/language.ts';
import { namesOf } from '../../src/segments/sentences/names.ts';
import { sentenceOf } from '../../src/segments/sentences/sentence.ts';
import {
  CONDITION_EXAMPLES,
  MEASURE_EXAMPLES,
  OPERATOR_EXAMPLES,
  OTHER_EXAMPLES,
  RELATED_EXAMPLES,
  WHOLE_EXAMPLE,
  WINDOW_EXAMPLES,
} from './sentence-examples.ts';

export const exampleNames = namesOf({
  catalogue: { entities: new Map(), models: new Map(), audiences: new Map(), modelNames: new Map() },
  lists: new Map([['invited', { title: 'Invited by letter' }]]),
  segments: new Map([
    ['vip', { title: 'Best customers' }],
    ['unsubscribed', { title: 'Unsubscribed' }],
  ]),
});

const INTRODUCTION = `# Segments in sentences

A segment can be said in English and in Dutch, and a sentence can be read as a segment. Both use the same phrases
(\`src/segments/sentences/phrase-book.ts\`), so what is written is read back exactly. This page is written by \`npm run gen\`.

| Command | Does |
|---|---|
| \`sluice segment describe NAME --language nl\` | says a segment, one sentence a line |
| \`sluice segment from-sentence "…"\` or \`--file\` | writes the definition that sentences say, as YAML |

\`preview\`, \`explain\`, \`compare\` and \`versions\` take \`--language\` too. Over HTTP: \`GET /api/segments/{id}/describe\`, \`POST /api/segments/describe\`,
\`POST /api/segments/read-sentence\`, and \`?language=\` or \`Accept-Language\` on every reply with sentences. \`SLUICE_LANGUAGE\` is what is spoken otherwise.

- **Names** are labels of traits, titles of segments, and names of events, as the catalogue has them. A name or text that holds words of the language,
  or signs, stands in quotes: “Loyal, going quiet”. Quotes are never wrong.
- **Numbers** keep all their digits. English has a point before decimals and a comma between thousands, Dutch the other way around. In quotes a
  number is a text.
- **Dates** are \`31 March 2026\`, \`31 maart 2026\` or \`2026-03-31\`; moments are \`2026-03-31T09:00:00Z\`.
- **Groups** have their parts below them, each after a dash, further to the right. On one line they stand in brackets: \`any of these (…; …)\`.
- A capital at the start of the language's own words does not matter (words that are all capitals, such as NO and AT, are texts), nor does a full stop at the end. Other usual words are read too (\`fewer than\`, \`minimaal\`).
- What cannot be read is told with its line and column, what was expected there, and what may have been meant. A sentence that could be read in two
  ways is refused.
- **Normal forms**: read back, \`count: { gte: 1 }\` is left out, a list of one value is that value, in a comparison \`'2.50'\` is \`2.5\` where a number keeps
  its value, and \`guard\` has what differs from its defaults. What has no phrase is said as data, \`as written: “{…}”\`.
- Replies that show conditions one by one cut lists after five values (“or 3 others”); \`describe\` never does.
`;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', '<br>');

function table(title: string, nodes: readonly Node[]): string {
  const rows = nodes.map((node) => {
    const said = LANGUAGES.map((language) => cell(sentenceOf(node, { language, names: exampleNames }, 'line')));
    return `| \`${cell(written(node))}\` | ${said.join(' | ')} |`;
  });
  return [`## ${title}`, '', '| Written | English | Dutch |', '|---|---|---|', ...rows, ''].join('\n');
}

export async function sentencesPage(): Promise<string> {
  const whole = LANGUAGES.map((language) =>
    ['```text', documentOf(WHOLE_EXAMPLE, { language, names: exampleNames }), '```', ''].join('\n'),
  );
  return [
    INTRODUCTION,
    table('Conditions', Object.values(CONDITION_EXAMPLES)),
    table('Tests of a trait or a property', Object.values(OPERATOR_EXAMPLES)),
    table('Windows', Object.values(WINDOW_EXAMPLES)),
    table('Measures of events', Object.values(MEASURE_EXAMPLES)),
    table('Related rows', Object.values(RELATED_EXAMPLES)),
    table('More', OTHER_EXAMPLES),
    '## A whole segment',
    '',
    ...whole,
    'Held by `sentence.test.ts`, which writes and reads random definitions, and by `sentences-page.test.ts`.',
    '',
  ].join('\n');
}
