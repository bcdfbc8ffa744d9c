import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodes, populations } from '../../test/segments/arbitrary.ts';
import { relatedNodes, relatedRows } from '../../test/segments/arbitrary-related.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createRelated, fillRelated, relatedCatalogue } from '../../test/segments/related-world.ts';
import { createWorld, fillWorld } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Node } from './definition.ts';
import { readDefinition } from './document.ts';
import { explainMember } from './explain.ts';
import type { SegmentExplanation } from './schema.ts';

const TREES_PER_RUN = 8;
const RUNS = 2;
const ROWS = 50;

let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createRelated(warehouse);
  room = { ...segmentRoom(warehouse, warehouse.prefix), catalogue: async () => relatedCatalogue(warehouse.prefix) };
});
afterAll(async () => warehouse.close());

/** Without memberships: no segment is published in this world. */
const people = nodes(['none']).filter((node) => !/"(segment|sql)"/.test(JSON.stringify(node)));

test('rows of random conditions agree with what the conditions count', async () => {
  const scenario = fc.record({
    population: populations,
    rows: relatedRows,
    trees: fc.array(fc.oneof(people, relatedNodes('person', people)), { minLength: TREES_PER_RUN, maxLength: TREES_PER_RUN }),
  });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ population, rows, trees }) => {
      await fillWorld(warehouse, population.people, population.happenings, population);
      await fillRelated(warehouse, rows);
      const [somebody] = population.people;
      if (!somebody) return;
      for (const where of trees) {
        const read = readDefinition({ id: 'random', title: 'Random', entity: 'person', where });
        if (!read.ok) continue;
        const why = await explainMember(room, { definition: read.definition }, somebody.profile_id, { rows: ROWS, isUnmasked: true });
        compared += why.conditions.filter((condition) => isCompared(partAt(where, condition.path), condition)).length;
      }
    }),
    { numRuns: RUNS },
  );
  expect(compared).toBeGreaterThan(0);
});

/** Whether it has a count to be compared with. @throws when its rows say something else. */
function isCompared(node: Node | null, { rows, values }: SegmentExplanation['conditions'][number]): boolean {
  const times = values.find(({ name }) => name === 'times' || name === 'rows')?.value;
  if (times === undefined || node === null) return false;
  const counted = rows.filter(({ counts }) => counts).length;
  const isRight = 'sequence' in node ? Number(times) > 0 === counted > 0 : Math.min(Number(times), ROWS) === counted;
  if (!isRight) throw new Error(`${JSON.stringify(node)}: ${times} counted, ${counted} shown`);
  return true;
}

function partAt(where: Node, path: string): Node | null {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '' && step !== 'where');
  return steps.reduce<unknown>((part, step) => (part as Record<string, unknown> | null)?.[step] ?? null, where) as Node | null;
}
