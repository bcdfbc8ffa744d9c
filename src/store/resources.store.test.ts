import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store?.close());

test('a reason stays with its revision, and what was removed is listed until it comes back', async () => {
  const put = () => store.resources.put({ kind: 'segment', id: 'regulars', document: { title: 'one' } }, 'ann');
  await put();
  await store.resources.remove({ kind: 'segment', id: 'regulars', reason: 'nobody asked for it' }, 'bob');
  expect(await store.resources.removed('segment')).toMatchObject([{ id: 'regulars', document: { title: 'one' }, removedBy: 'bob' }]);
  expect((await store.resources.history('segment', 'regulars')).map(({ reason }) => reason)).toEqual(['nobody asked for it', null]);
  await put();
  expect(await store.resources.removed('segment')).toEqual([]);
});
