import { expect, test } from 'vitest';
import { catalogueOf, type PublishedColumn, type PublishedModel } from './catalogue.ts';

const column = (name: string, dataType: string, meta: object = {}): PublishedColumn => ({
  name,
  dataType,
  description: '',
  meta: { sluice: meta },
});

function streamWith(columns: readonly string[]) {
  const model = (name: string, sluice: object, own: readonly PublishedColumn[]): PublishedModel => ({
    name,
    schema: 'sluice',
    alias: name,
    description: '',
    meta: { sluice },
    columns: [column('profile_id', 'UUID'), ...own],
  });
  const events = { entity: 'person', key: 'profile_id', time: 'at', name: 'event_name', properties: 'properties', columns };
  const catalogue = catalogueOf([
    model('profiles', { entity: 'person', key: 'profile_id' }, []),
    model('events', { events }, [
      column('at', 'DateTime'),
      column('event_name', 'String'),
      column('properties', 'JSON'),
      column('source', 'LowCardinality(String)', { label: 'Source' }),
      column('url', 'String', { pii: true }),
    ]),
  ]);
  return catalogue.entities.get('person')?.streams[0];
}

test('columns beside the properties are those that the yml lists, with their types and labels', () => {
  expect([...(streamWith(['source', 'url'])?.columns.values() ?? [])]).toMatchObject([
    { name: 'source', label: 'Source', column: { value: { kind: 'text' } } },
    { name: 'url', isPii: true },
  ]);
  expect(streamWith([])?.columns.size).toBe(0);
});

test.each([
  ['sorce', 'names the column sorce (`events.columns`), which its yml does not have. Did you mean source?'],
  ['properties', 'The column events.properties has the type JSON, which conditions cannot use. Leave it out, or make a text'],
])('a column %s that conditions cannot ask for is refused', (name, sentence) => {
  expect(() => streamWith([name])).toThrow(sentence);
});
