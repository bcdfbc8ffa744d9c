import { expect, test } from 'vitest';
import { catalogueOf, type PublishedModel } from './catalogue.ts';

const model = (name: string, sluice: object, columns: Readonly<Record<string, string>>): PublishedModel => ({
  name,
  schema: 'shop',
  alias: name,
  description: '',
  meta: { sluice },
  columns: Object.entries(columns).map(([column, dataType]) => ({ name: column, dataType, description: '', meta: {} })),
});
const people = model('people', { entity: 'person', key: 'person_id' }, { person_id: 'UUID' });
const audience =
  (meta: object, type = 'Nullable(UUID)') =>
  () =>
    catalogueOf([people, model('churn_risk', { audience: meta, label: 'At risk' }, { id: type, score: 'Float64' })]).audiences;

test('a model says that it is an audience, and of what', () => {
  expect(audience({ entity: 'person', key: 'id' })().get('churn_risk')).toMatchObject({
    label: 'At risk',
    entity: 'person',
    key: 'id',
    table: { database: 'shop', table: 'churn_risk' },
  });
});

test.each([
  [
    audience({ entity: 'persn', key: 'id' }),
    'The audience churn_risk is of the entity persn, which no model declares. Did you mean person? There are person.',
  ],
  [audience({ entity: 'person', key: 'ids' }), 'names the column ids (`audience.key`), which its yml does not have. Did you mean id?'],
  [
    audience({ entity: 'person', key: 'id' }, 'String'),
    'The column churn_risk.id has the type String, and the keys of person (person_id) are UUID.',
  ],
  [audience({ entity: 'person' }), 'The meta.sluice of the model churn_risk cannot be used'],
  [audience({ entity: 'person', key: ['id', 'score'] }), 'has a key of several columns'],
])('what cannot be one is refused in words (%#)', (read, message) => {
  expect(read).toThrow(message);
});
