import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences, type Json, planChanges, type Running, type Wanted } from './plan.ts';

const KINDS = ['destination', 'segment', 'sync'];

const segment = (id: string, document: Json = { id }): Wanted => ({ kind: 'segment', id, document });
const running = (resource: Wanted, revision = 1): Running => ({ ...resource, revision });

describe('planChanges', () => {
  test('creates destinations and segments before the syncs that need them, and removes in the opposite order', () => {
    const all: Wanted[] = [
      { kind: 'sync', id: 'a', document: {} },
      { kind: 'segment', id: 'b', document: {} },
      { kind: 'destination', id: 'c', document: {} },
    ];
    expect(planChanges(all, [], KINDS).changes.map((change) => change.kind)).toEqual(['destination', 'segment', 'sync']);
    const removals = planChanges(
      [],
      all.map((resource) => running(resource)),
      KINDS,
    ).changes;
    expect(removals.map((change) => change.kind)).toEqual(['sync', 'segment', 'destination']);
    expect(removals.every((change) => change.action === 'remove')).toBe(true);
  });

  test('an update names each field that differs, with both values, and the revision it was planned against', () => {
    const plan = planChanges(
      [segment('x', { where: { all: [1, 2] }, title: 'new' })],
      [running(segment('x', { where: { all: [1, 3] } }), 7)],
      KINDS,
    );
    expect(plan.changes).toEqual([
      {
        action: 'update',
        kind: 'segment',
        id: 'x',
        revision: 7,
        document: { where: { all: [1, 2] }, title: 'new' },
        fields: [
          { path: 'title', from: undefined, to: 'new' },
          { path: 'where.all[1]', from: 3, to: 2 },
        ],
      },
    ]);
  });

  test('what is applied plans nothing the next time', () => {
    const resource = fc.record({ kind: fc.constantFrom(...KINDS), id: fc.string({ minLength: 1 }), document: fc.jsonValue() });
    const resources = fc.uniqueArray(resource, { selector: ({ kind, id }) => `${kind}/${id}` }) as fc.Arbitrary<Wanted[]>;
    fc.assert(
      fc.property(resources, resources, (wanted, before) => {
        const state = new Map(before.map((item) => [`${item.kind}/${item.id}`, item]));
        for (const change of planChanges(
          wanted,
          before.map((item) => running(item)),
          KINDS,
        ).changes) {
          const key = `${change.kind}/${change.id}`;
          if (change.action === 'remove') state.delete(key);
          else state.set(key, { kind: change.kind, id: change.id, document: change.document });
        }
        const again = planChanges(
          wanted,
          [...state.values()].map((item) => running(item)),
          KINDS,
        );
        expect(again).toEqual({ changes: [], unchanged: wanted.length, emptied: [] });
      }),
    );
  });
});

test('a plan says of which kinds nothing would be left', () => {
  const [segment, sync] = [
    { kind: 'segment', id: 's', document: {} },
    { kind: 'sync', id: 'y', document: {} },
  ];
  const emptied = (wanted: Wanted[]) => planChanges(wanted, [running(segment), running(sync)], KINDS).emptied;
  expect(emptied([])).toEqual(['segment', 'sync']);
  expect(emptied([{ ...segment, id: 'other' }])).toEqual(['sync']);
  expect(emptied([segment, sync])).toEqual([]);
});

test('the order of members does not make a difference, the order of a list does', () => {
  expect(differences({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  expect(differences([1, 2], [2, 1])).toHaveLength(2);
  expect(differences({ a: null }, {})).toEqual([{ path: 'a', from: null, to: undefined }]);
});
