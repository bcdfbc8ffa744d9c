import { expect, test } from 'vitest';
import { worldCatalogue } from '../../test/segments/world.ts';
import { WRONG_CONDITIONS, WRONG_FIELDS } from '../../test/segments/wrong-documents.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { readSegmentText } from './document.ts';

const FILE = new URL('../../test/segments/wrong-documents.txt', import.meta.url).pathname;
const HEAD = 'id: a\ntitle: A\nentity: person\n';

function messagesOf(text: string): string[] {
  const { read, locate } = readSegmentText(text);
  if (!read.ok) return read.problems.map((problem) => formatProblem(problem));
  const checked = checkSegment(read.definition, { catalogue: worldCatalogue(), segments: new Map() });
  return checked.ok ? [] : locate(checked.problems).map((problem) => formatProblem(problem));
}

test('each wrong document is told where it is wrong and what was expected (update with `vitest -u`, and read every line)', async () => {
  const documents = [
    ...WRONG_CONDITIONS.map((where) => ({ written: where, text: `${HEAD}where: ${where}\n` })),
    ...WRONG_FIELDS.map((field) => ({ written: field, text: `${HEAD}where: { trait: city, is: Gent }\n${field}\n` })),
  ];
  const told = documents.map(({ written, text }) => ({ written, messages: messagesOf(text) }));
  for (const { written, messages } of told) expect([written, messages.length > 0]).toEqual([written, true]);
  for (const message of told.flatMap(({ messages }) => messages))
    expect(message).not.toMatch(/expected (object|record|array)|Invalid|ZodError/);
  await expect(
    told.map(({ written, messages }) => [written, ...messages.map((message) => `  ${message}`)].join('\n')).join('\n\n'),
  ).toMatchFileSnapshot(FILE);
});
