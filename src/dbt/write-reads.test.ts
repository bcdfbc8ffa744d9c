import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readsIn, withReads } from './write-reads.ts';

const READS = ['fct_orders', 'stg_crm'];

const PROJECTS: Readonly<Record<string, string>> = {
  'without vars': 'name: shop   # ours\nprofile: shop\n',
  'that ends without a line break': 'name: shop',
  'with vars of its own':
    'name: shop\nvars:\n    # of the shop\n    currency: EUR   # euro\n\nmodels: { shop: { +materialized: table } }\n',
  'with vars in braces': 'name: shop\nvars: { currency: EUR }\n',
  'with empty vars': 'name: shop\nvars: {}\nmodels: {}\n',
  'with vars without a value': 'name: shop\nvars:\nmodels: {}\n',
  'with an empty block': 'name: shop\nvars:\n  currency: EUR\n  sluice: {} # nothing yet\n  other: 1\n',
  'with a block without a value': 'name: shop\nvars:\n  sluice:\n  other: 1\n',
  'with a block in braces': "name: shop\nvars:\n  sluice: { as_of: '' }\n",
  'with a block': "name: shop\nvars:\n  sluice:\n    # to when\n    as_of: ''  # now\n\n    # how\n    source_formats: {}\n",
  'with a list in brackets': "name: shop\nvars:\n  sluice:\n    reads: [old]  # the list\n    as_of: ''\n",
  'with a list of lines': "name: shop\nvars:\n  sluice:\n    reads:\n      - old\n      - older\n    # to when\n    as_of: ''\n",
  'with a list of lines at the end': 'name: shop\nvars:\n  sluice:\n    reads:\n    - old\n    - older\n',
};

describe('the list of models is written into a dbt_project.yml', () => {
  for (const [kind, text] of Object.entries(PROJECTS))
    test(`${kind}: every comment stays, and nothing else changes`, () => {
      const written = withReads(text, READS);
      expect(readsIn(written)).toEqual(READS);
      const { reads: _, ...others } = parse(written).vars.sluice;
      const before = parse(text).vars?.sluice ?? {};
      expect(others).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'reads')));
      expect(written.match(/#.*/g) ?? []).toEqual(text.match(/#.*/g) ?? []);
      expect(withReads(written, READS)).toBe(written);
      // The original lines are all there, except the list itself.
      const lines = written.split('\n').map((line) => line.trim());
      const kept = text.split('\n').filter((line) => !/old|reads|vars:|sluice:/.test(line));
      for (const line of kept) expect(lines).toContain(line.trim());
    });

  test('where it cannot be read, it is refused and says what to do', () => {
    expect(() => withReads('vars: [1', READS)).toThrow(/not YAML/);
    expect(() => withReads('- 1\n', READS)).toThrow(/not YAML with keys/);
  });
});
