import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serialised } from './private-files.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-locks-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('lets one process hold two names of one folder at once, as it does when two servers start together', async () => {
  const both = Promise.withResolvers<void>();
  let entered = 0;
  const enter = async () => {
    entered += 1;
    if (entered === 2) both.resolve();
    await both.promise;
  };
  await Promise.all([serialised(folder, 'clickhouse', enter), serialised(folder, 'postgres', enter)]);
  expect(entered).toBe(2);
});

it('runs the work of one name one after the other', async () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(`${name} out`);
  };
  await Promise.all([serialised(folder, 'x', work('a')), serialised(folder, 'x', work('b'))]);
  expect(order.map((entry) => entry.slice(2))).toEqual(['in', 'out', 'in', 'out']);
});
