import { describe, expect, test } from 'vitest';
import { compare, settingsFor } from './versions.ts';

const LAZY = { query_plan_optimize_lazy_materialization: 0 };
const TOP_K = { query_plan_top_k_through_join: 0 };

describe('settingsFor', () => {
  test.each([
    ['25.8.1.1', LAZY],
    ['25.12.3.4', LAZY],
    ['26.4.1.1004', LAZY],
    ['26.4.1.1005', {}],
    ['26.5.1.650', {}],
    ['26.5.1.651', TOP_K],
    ['26.5.6.70', TOP_K],
    ['26.5.6.71', {}],
    ['26.6.0.1', TOP_K],
    ['26.6.2.109', {}],
    ['26.7.1.1334', TOP_K],
    ['26.7.1.1335', {}],
    ['26.7.2.1', TOP_K],
    ['26.7.2.11', TOP_K],
    ['26.7.2.12', {}],
    ['27.1.1.1', {}],
    ['25.8.2.29-altinitystable', LAZY],
  ])('%s runs with %o', (version, settings) => {
    expect(settingsFor(version)).toEqual(settings);
  });

  test.each(['25.7.9.9', '25.3.1.1', '24.12.1.1', '0', ''])('%s is refused, with the oldest version that works', (version) => {
    expect(() => settingsFor(version)).toThrow(
      expect.objectContaining({ code: 'warehouse.version', message: expect.stringContaining('25.8') }),
    );
  });
});

test('versions compare by number, part by part', () => {
  expect(compare('26.10', '26.9')).toBe(1);
  expect(compare('26.7', '26.7.0.0')).toBe(0);
  expect(compare('25.8.1', '25.8.1.1')).toBe(-1);
});
