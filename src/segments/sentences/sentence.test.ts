/** Written and read back: the same definition, in each language. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodes } from '../../../test/segments/arbitrary.ts';
import { relatedNodes } from '../../../test/segments/arbitrary-related.ts';
import { wholes } from '../../../test/segments/arbitrary-whole.ts';
import { normalForm } from '../../../test/segments/normal-form.ts';
import { text } from '../../../test/segments/pools.ts';
import { relatedCatalogue } from '../../../test/segments/related-world.ts';
import { saidNames as names } from '../../../test/segments/said.ts';
import { formatProblem } from '../../documents/problem.ts';
import type { Node } from '../definition.ts';
import { readDefinition } from '../document.ts';
import { documentOf, readDocument } from './document.ts';
import { LANGUAGES, type Language } from './language.ts';
import { namesOf } from './names.ts';
import { type Read, readSentence, sentenceOf } from './sentence.ts';

const conditions = nodes(['vip', 'odd'], { hasSets: true });
const any = fc.oneof(conditions, relatedNodes('person', conditions));
const numRuns = Number(process.env.RUNS ?? 50);

function understood<T>(said: string, read: Read<T>): T {
  if (!read.ok) throw new Error(`${said}\n${read.problems.map((problem) => formatProblem(problem)).join('\n')}`);
  return read.value;
}

describe.each(LANGUAGES)('in %s', (language) => {
  test('any condition is read back from its sentence, on one line and on several', () => {
    fc.assert(
      fc.property(any, fc.constantFrom('line' as const, 'lines' as const), (node, form) => {
        const said = sentenceOf(node, { language, names }, form);
        expect(normalForm(understood(said, readSentence(said, { language, names }))), said).toEqual(normalForm(node));
        expect(said).not.toMatch(/as written|zoals geschreven/);
      }),
      { numRuns },
    );
  });

  test('so is any whole segment', () => {
    const whole = fc.record({
      where: conditions,
      title: text,
      rest: wholes(['vip', 'odd']),
      more: fc.record(
        {
          description: text,
          excluded_everywhere: fc.boolean(),
          as_of: fc.constantFrom('2026-03-31', '2026-03-31T09:00:00+02:00'),
          timezone: fc.constantFrom('Europe/Amsterdam', 'Etc/GMT+1'),
          guard: fc.record(
            {
              allow_empty: fc.boolean(),
              max_growth: fc.constantFrom(2, 5, 1.5),
              max_shrink: fc.constantFrom(0, 0.07, 0.8),
              min_members: fc.constant(1_000),
              max_members: fc.constant(2_000_000),
            },
            { requiredKeys: [] },
          ),
          schedule: fc.constantFrom(
            { every: '15m' },
            { every: '1d' },
            { cron: '30 3 * * 1' },
            { after: 'build' },
            { after: ['build', 'sync:crm'] },
          ),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(whole, ({ where, title, rest, more }) => {
        const read = readDefinition({ id: 'of-gent', title, entity: 'person', where, ...rest, ...more });
        if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
        const said = documentOf(read.definition, { language, names });
        const back = understood(said, readDocument(said, { language, names }));
        expect({ ...back, where: normalForm(back.where) }, said).toEqual({ ...read.definition, where: normalForm(read.definition.where) });
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    );
  });
});

/** Names that are made of the words of the language, or of its signs. */
const HOSTILE = [
  'is',
  'at least once',
  'Order and Order',
  'no “such” thing',
  'where a is 1',
  'a, b or c',
  'all of these:',
  '- not: x',
  '31 March 2026',
  '12,5',
  'trailing\\',
  'two\nlines',
  ' space ',
  '“',
  '"',
  'it’s (here); there',
];

test('labels, titles, events, properties and texts may hold anything', () => {
  const catalogue = relatedCatalogue('sluice', { isTested: true });
  const person = catalogue.entities.get('person');
  if (!person) throw new Error('no people');
  const traits = new Map([...person.traits].map(([name, trait], index) => [name, { ...trait, label: HOSTILE[index] ?? name }]));
  const world = {
    catalogue: { ...catalogue, entities: new Map([...catalogue.entities, ['person', { ...person, traits }]]) },
    segments: new Map(HOSTILE.map((title, index) => [`s${index}`, { title }])),
    events: HOSTILE.slice(0, 8),
  };
  const named = namesOf(world);
  const hostile = fc.constantFrom(...HOSTILE);
  const leaf: fc.Arbitrary<Node> = fc.oneof(
    fc.tuple(fc.constantFrom(...traits.keys()), hostile).map(([trait, is]) => ({ trait, is })),
    fc.tuple(fc.uniqueArray(hostile, { minLength: 1, maxLength: 3 }), hostile, hostile).map(([event, property, value]) => ({
      event: event.length === 1 ? (event[0] ?? '') : event,
      where: [
        { property, is: value },
        { column: property, contains: value },
      ],
    })),
    fc.nat(HOSTILE.length - 1).map((index) => ({ segment: `s${index}` })),
    hostile.map((sql) => ({ sql })),
  );
  fc.assert(
    fc.property(
      fc.array(leaf, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...LANGUAGES),
      fc.constantFrom('line' as const, 'lines' as const),
      (all, language, form) => {
        const said = sentenceOf({ all }, { language, names: named }, form);
        expect(understood(said, readSentence(said, { language, names: named })), said).toEqual({ all });
      },
    ),
    { numRuns: numRuns * 2 },
  );
});

describe('people write it in their own way', () => {
  test.each<[Language, string, object]>([
    ['en', 'order_count is at least 3', { trait: 'order_count', gte: 3 }],
    ['en', 'order_count is more than 1,000.', { trait: 'order_count', gt: 1000 }],
    ['en', 'city contains "en"', { trait: 'city', contains: 'en' }],
    ['en', 'CITY is Gent, Bonn, or Luik', { trait: 'city', is: ['Gent', 'Bonn', 'Luik'] }],
    [
      'en',
      'order completed fewer than 3 times from 2026-03-01',
      { event: 'Order Completed', count: { lt: 3 }, during: { from: '2026-03-01' } },
    ],
    [
      'en',
      'One of these:\n  * city is Gent\n  * not: is a member of vip',
      { any: [{ trait: 'city', is: 'Gent' }, { not: { segment: 'vip' } }] },
    ],
    ['nl', 'order_count is minimaal 2,5', { trait: 'order_count', gte: 2.5 }],
    [
      'nl',
      'Order Completed ten minste 2 keer in de laatste 3 maanden',
      { event: 'Order Completed', count: { gte: 2 }, during: { last: '3mo' } },
    ],
    ['nl', 'zit in Very important', { segment: 'vip' }],
  ])('%s: %s', (language, said, where) => {
    expect(understood(said, readSentence(said, { language, names }))).toEqual(where);
  });
});

describe('what cannot be read is told at its place', () => {
  test.each<[Language, string, string]>([
    [
      'en',
      'Order Completed at leest 3 times',
      '1:20: cannot be read from “leest” on: expected here is “most”, “least”. Did you mean least?',
    ],
    ['en', 'city is', '1:8: ends too early'],
    ['en', 'order_count is more than 1,5', '1:26: cannot be read from “1” on'],
    ['en', 'all of these:\n- city is Gent\n- order_count is mroe than 3', '3:18: cannot be read from “mroe” on. Did you mean'],
    ['en', 'all of these:', '1:1: has no conditions below it'],
    ['en', 'city is Gent\nscore is 3', '2:1: is not part of the condition above it'],
    ['nl', 'Order Completed minstens 3 maal', '1:28: cannot be read from “maal” on'],
  ])('%s: %s', (language, said, problem) => {
    const read = readSentence(said, { language, names });
    expect(read.ok ? [] : read.problems.map((one) => formatProblem(one))).toEqual([expect.stringContaining(problem)]);
  });
});
