import { describe, expect, test } from 'vitest';
import { checkedGolden, type Golden, goldenContext, goldens } from '../../test/segments/goldens.ts';
import { compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';

describe('the SQL of each example in test/segments/golden (update with `vitest -u`)', () => {
  test.each(goldens)('$name', async (golden) => {
    await expect(rendered(golden)).toMatchFileSnapshot(golden.sqlFile);
  });
});

function rendered(golden: Golden): string {
  const segment = checkedGolden(golden);
  const members = compileSegment(segment, goldenContext());
  const conditions = compileConditions(segment, goldenContext());
  const heldOut = segment.whole.holdout ? ['', '-- The held-out', `${compileSegment(segment, goldenContext(), 'holdout').sql};`] : [];
  const parts = [
    `-- ${golden.name}: the members`,
    ...Object.entries(members.params).map(([name, value]) => `-- ${name} = ${JSON.stringify(value)}`),
    `${members.sql};`,
    ...heldOut,
    '',
    '-- Each condition, for everybody',
    ...conditions.columns.map(({ column, path }) => `-- ${column} = ${path.join('.')}`),
    ...Object.entries(conditions.params).map(([name, value]) => `-- ${name} = ${JSON.stringify(value)}`),
    `${conditions.sql};`,
    '',
  ];
  return parts.join('\n');
}
