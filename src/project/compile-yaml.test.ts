import { describe, expect, test } from 'vitest';
import { readMapping, withEntry } from './compile-yaml.ts';

const ITEM = '- local: ../x\n';
const ENTRY = '# ours\nsluice:\n  as_of: ""\n';

/** The lines that were added; fails when one that was there is gone, changed or in another place. */
function added(before: string, after: string | undefined): string[] {
  const kept = before.split('\n');
  const lines = (after ?? '').split('\n').filter((line) => (line === kept[0] ? kept.shift() === undefined : true));
  expect(kept.filter((line) => line.trim() !== '')).toEqual([]);
  return lines.filter((line) => line.trim() !== '');
}

describe('an entry is added', () => {
  test.each([
    [
      'to a list',
      'packages:\n  - package: a/b # first\n    version: [">=1", "<2"]\n\n  # later\n  - git: "x"\nprojects:\n  - name: y\n',
      'packages',
      ITEM,
      ['  - local: ../x'],
    ],
    ['to a list without room before its dashes', 'packages:\n- package: a/b\n  version: 1\n', 'packages', ITEM, ['- local: ../x']],
    ['to a name without a value', 'packages:\n# none yet\n', 'packages', ITEM, ['  - local: ../x']],
    ['under a name that is missing', 'projects:\n  - name: y', 'packages', ITEM, ['packages:', '  - local: ../x']],
    [
      'to a mapping with four spaces',
      'vars:\n    a:   1 # one\n\nname: x\n',
      'vars',
      ENTRY,
      ['    # ours', '    sluice:', '      as_of: ""'],
    ],
    [
      'after comments of the last value',
      'vars:\n  a:\n    - b: 2\n      # deep\n  # ours too\nname: x\n',
      'vars',
      ENTRY,
      ['  # ours', '  sluice:', '    as_of: ""'],
    ],
    [
      'after a text of several lines',
      'vars:\n  a: |\n    text\n\n    more\n\nname: x\n',
      'vars',
      ENTRY,
      ['  # ours', '  sluice:', '    as_of: ""'],
    ],
  ])('%s', (_, text, name, entry, expected) => {
    expect(added(text, withEntry(text, name, entry))).toEqual(expected);
  });

  test.each([
    ['packages: []\n', 'packages', ITEM, 'packages: [ { local: ../x } ]\n'],
    ['packages: [{ package: a/b }] # all\n', 'packages', ITEM, 'packages: [{ package: a/b }, { local: ../x } ] # all\n'],
    ['vars: { a: 1, }\n', 'vars', ENTRY, 'vars: { a: 1, sluice: { as_of: "" } }\n'],
  ])('within the brackets of %j', (text, name, entry, expected) => {
    expect(withEntry(text, name, entry)).toBe(expected);
  });

  test('with the line ends of the text', () => {
    const after = withEntry('vars:\r\n  a: 1\r\nname: x\r\n', 'vars', ENTRY);
    expect(after).toBe('vars:\r\n  a: 1\r\n  # ours\r\n  sluice:\r\n    as_of: ""\r\nname: x\r\n');
  });

  test('to nothing at all', () => {
    expect(withEntry('', 'packages', ITEM)).toBe('packages:\n  - local: ../x\n');
  });
});

test.each(['vars: 3\n', 'vars:\n  - a\n', 'b: &v { a: 1 }\nvars: *v\n', '- a\n', 'vars: [\n', 'a: 1\n...\n'])(
  'nothing is added where it would change what is there: %j',
  (text) => {
    expect(withEntry(text, 'vars', ENTRY)).toBeUndefined();
  },
);

test('yml that is not a mapping is not read as one', () => {
  expect([readMapping('a: [1]'), readMapping(''), readMapping('3'), readMapping('a: ['), readMapping('a: 1\na: 2')]).toEqual([
    { a: [1] },
    {},
    undefined,
    undefined,
    undefined,
  ]);
});
