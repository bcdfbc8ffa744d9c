import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

test('gives out as many slots as there are, and the next to whoever waits longest; to give one back twice gives it once', async () => {
  const slots = createSlots(1);
  const order: string[] = [];
  const giveBack = await slots.take();
  const second = slots.take().then((release) => {
    order.push('second');
    return release;
  });
  const third = slots.take().then(() => order.push('third'));
  await Promise.resolve();
  expect(order).toEqual([]);
  giveBack();
  giveBack();
  const release = await second;
  expect(order).toEqual(['second']);
  release();
  await third;
  expect(order).toEqual(['second', 'third']);
});
