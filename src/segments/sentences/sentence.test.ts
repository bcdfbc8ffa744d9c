/** Written and read back: the same definition, in each language. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodes } from '../../../test/segments/arbitrary.ts';
import { relatedNodes } from '../../../test/segments/arbitrary-related.ts';
import { normalForm } from '../../../test/segments/normal-form.ts';
import { saidNames as names } from '../../../test/segments/said.ts';
import { formatProblem } from '../../documents/problem.ts';
import { LANGUAGES } from './language.ts';
import { readSentence, sentenceOf } from './sentence.ts';

const conditions = nodes(['vip', 'odd']);
const any = fc.oneof(conditions, relatedNodes('person', conditions));

test.each(LANGUAGES)('any condition is read back from its sentence in %s, on one line and on several', (language) => {
  fc.assert(
    fc.property(any, fc.constantFrom('line' as const, 'lines' as const), (node, form) => {
      const text = sentenceOf(node, { language, names }, form);
      const read = readSentence(text, { language, names });
      if (!read.ok) throw new Error(`${text}\n${read.problems.map((problem) => formatProblem(problem)).join('\n')}`);
      expect(normalForm(read.value), text).toEqual(normalForm(node));
      expect(text).not.toMatch(/as written|zoals geschreven/);
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  );
});
