import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { goldens } from '../../test/segments/goldens.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import { knownNames, segmentJsonSchema } from './json-schema.ts';

const names = knownNames(worldCatalogue(), ['Order Completed'], ['vip']);
const isSegment = new Ajv2020({ strict: false, allErrors: true }).compile(segmentJsonSchema(names));
const DEMO = new URL('../../demo/project/activations/segments/', import.meta.url);

test('the JSON Schema takes every example of the compiler and every segment of the demo', () => {
  const documents = [
    ...goldens.map(({ name, definition }) => ({ id: name, title: name, entity: 'person', ...(parse(definition) as object) })),
    ...readdirSync(DEMO).map((file) => parse(readFileSync(new URL(file, DEMO), 'utf8')) as object),
  ];
  expect(documents.length).toBeGreaterThan(20);
  for (const document of documents) expect([isSegment(document), isSegment.errors, document]).toEqual([true, null, document]);
});

test.each([
  { where: { trait: 'city', equals: 'Gent' } },
  { where: { all: [] } },
  { where: { event: 'Order Completed', count: { gte: 'three' } } },
  { where: { event: 'Order Completed', during: { last: '30 days' } } },
  { where: { trait: 'city', is: 'Gent' }, titel: 'x' },
  { where: {} },
])('and refuses %j', (rest) => {
  expect(isSegment({ id: 'one', title: 'One', entity: 'person', ...rest })).toBe(false);
});

test('an editor is offered the names of the project, and others stay allowed', () => {
  expect(names).toMatchObject({ entity: ['person'], event: ['Item Returned', 'Order Completed'], segment: ['vip'] });
  const text = JSON.stringify(segmentJsonSchema(names));
  for (const offered of ['"enum":["person"]', '"enum":["vip"]', '"lifetime_value"']) expect(text).toContain(offered);
  expect(isSegment({ id: 'one', title: 'One', entity: 'person', where: { trait: 'traits.of_tomorrow', exists: true } })).toBe(true);
});
