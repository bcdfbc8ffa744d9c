import { expect, test } from 'vitest';
import { createSemaphore } from './semaphore.ts';

test('lets as many run as it has places, then the one that has waited longest; a place that is given back twice is free once', async () => {
  const semaphore = createSemaphore(1);
  const order: string[] = [];
  const giveBack = await semaphore.take();
  const second = semaphore.take().then((release) => {
    order.push('second');
    return release;
  });
  const third = semaphore.take().then(() => order.push('third'));
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
