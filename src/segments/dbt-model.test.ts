import { describe, expect, test } from 'vitest';
import { checkedGolden, goldenContext, goldens } from '../../test/segments/goldens.ts';
import { TEXTS } from '../../test/segments/pools.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { dbtModel, type ModelWorld } from './dbt-model.ts';
import { readDefinition } from './document.ts';

const world: ModelWorld = {
  context: goldenContext(),
  modelOf: ({ database, table }) => (database === 'sluice' ? table : undefined),
  viewOf: (segment) => ({ database: 'sluice', table: `audience_${segment}` }),
};

function modelOf(where: object, rest: object = {}) {
  const read = readDefinition({ id: 'some-people', title: 'Some {{ people }} #}', entity: 'person', where, ...rest });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const checked = checkSegment(read.definition, { catalogue: worldCatalogue(), segments: new Map() });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return dbtModel(checked.segment, world);
}
const sqlOf = (where: object, rest?: object) => {
  const model = modelOf(where, rest);
  if (typeof model === 'string') throw new Error(model);
  return model.sql;
};

describe('a segment as a dbt model', () => {
  test('has references, literals and a moment that moves, and its yml makes an audience of it', () => {
    const model = modelOf({
      all: [
        { trait: 'city', is: "O'Brien" },
        { event: 'Order Completed', during: { last: '30d' } },
        { trait: 'birthday_on', within: { previous: 'month' } },
      ],
    });
    if (typeof model === 'string') throw new Error(model);
    expect(model.name).toBe('some_people');
    expect(model.sql).toContain("{{ ref('profiles') }}");
    expect(model.sql).toContain("'O\\'Brien'");
    expect(model.sql).toContain('occurred_at > addSeconds({{ as_of }}, -2592000)');
    expect(model.sql).toContain("toStartOfMonth(toDate32(toTimeZone({{ as_of }}, 'UTC')))");
    expect(model.sql).not.toContain('`sluice`.');
    expect(model.yml).toContain('audience:');
    expect(model.yml).toContain('data_type: UUID');
  });

  test('means nothing to the template but its references and its moment, whatever texts are in it', () => {
    const texts = [...TEXTS.map((text) => text.trim() || 'x'), '{{ 1 }}', '{% raw %}', '{#', '\\{', '#}', 'a\u2028b', 'a\r\nb'];
    const sql = sqlOf({
      any: [
        { trait: 'city', in: texts },
        { trait: 'city', contains: '{{ x' },
      ],
    });
    const [, body = ''] = sql.split('-#}\n');
    expect(body.replaceAll(/\{\{ (ref\('\w+'\)|as_of) \}\}/g, '')).not.toMatch(/[{}]/);
    expect(sql.match(/\u2028|\r/)).toBeNull();
  });

  test('with a moment of its own has no moment that moves', () => {
    expect(sqlOf({ event: 'Order Completed', during: { last: '30d' } }, { as_of: '2026-03-01' })).not.toContain('as_of');
  });

  test.each([
    ['an anniversary', { trait: 'birthday_on', anniversary: { next: '7d' } }],
    ['an end that is still to come', { event: 'Order Completed', during: { from: '2026-01-01', to: '2027-01-01' } }],
    ['a date in JSON', { event: 'Order Completed', where: [{ property: 'on', within: { last: '3d' } }] }],
  ])('with %s is refused: it would not stay true', (_what, where) => {
    expect(modelOf(where)).toContain('a window that moves with time and that SQL alone does not say');
  });

  test('is made of most examples, and each that is not says why', () => {
    const refused = goldens.flatMap((golden) => {
      const model = dbtModel(checkedGolden(golden), world);
      return typeof model === 'string' ? [golden.name] : [];
    });
    expect(refused).toMatchInlineSnapshot(`
      [
        "event-windows",
        "list",
        "property-date",
        "streams-beside",
        "trait-anniversary-new-year",
        "trait-anniversary",
        "trait-windows",
      ]
    `);
  });
});
