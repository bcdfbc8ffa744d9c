import { expect, test } from 'vitest';
import { formatProblem } from './problem.ts';
import { readWritten } from './written.ts';

test.each([
  ['a name that stands twice', 'id: x\nwhere:\n  is: NL\n  is: BE\n', '4:3: is is here a second time; the first is on line 3'],
  ['two documents', 'id: x\n---\nid: y\n', '2:1: is not YAML: a second document begins here; a file holds one'],
  [
    'a colon in a text',
    'title: Loyal: going quiet\n',
    '1:8: is not YAML: a text that holds `: ` stands in quotes, and what belongs to a name is indented below it',
  ],
  ['an anchor that is not there', 'id: x\nwhere: *nope\n', '2:8: there is no `&nope` above that `*nope` could repeat'],
  ['a merge key', 'id: x\n<<: { title: X }\n', '2:1: YAML 1.2 has no `<<`: write out what it would bring in'],
  ['the rules of YAML 1.1', '%YAML 1.1\n---\nid: x\n', '1:1: is read as YAML 1.2: leave out the line that begins with %YAML'],
  [
    'a type of another language',
    'id: !!python/object x\n',
    '1:21: has the type tag:yaml.org,2002:python/object, which a document cannot hold',
  ],
  ['bytes', 'id: !!binary aGVsbG8=\n', '1:14: has the type tag:yaml.org,2002:binary, which a document cannot hold'],
  ['a NUL', 'id: "a\\0b"\n', '1:5: holds a NUL character, or half of a character, which no store can keep'],
  ['half of a character', '{"id": "a\\ud800"}', '1:8: holds a NUL character, or half of a character, which no store can keep'],
  ['a list as a name', 'id: x\n? [a]\n: b\n', '2:3: is not YAML with names: the name before `:` is a text'],
  ['a name that JavaScript would not keep', 'fields: { __proto__: email }\n', '1:11: __proto__ cannot be a name'],
])('%s is told in words, with its place', (_, text, told) => {
  const { value, problems } = readWritten(text);
  expect(value).toBeUndefined();
  expect(problems.map((problem) => formatProblem(problem))).toEqual([told]);
});

test.each([
  ['a byte order mark', '\uFEFFid: x\n'],
  ['line ends of Windows', 'id: x\r\n'],
  ['marks of begin and end', '---\nid: x\n...\n'],
  ['an anchor', 'id: &a x\n'],
  ['a plain tag', 'id: !!str x\n'],
])('%s is read over', (_, text) => {
  expect(readWritten(text)).toMatchObject({ value: { id: 'x' }, problems: [] });
});
