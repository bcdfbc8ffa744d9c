import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildResult, ModelResult } from '../dbt/result.ts';
import { buildFindings } from './build-findings.ts';
import { placeInMessage, placeInYml, placeOfCompiled, placeOfMeta } from './places.ts';

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'sluice-places-'));
  await mkdir(join(project, 'models', 'marts'), { recursive: true });
  await writeFile(join(project, 'models/marts/x.sql'), '-- {{ this }}\nselect\n    a,\n    b\nfrom t\nunion all select\n    a,\n    c\n');
  await writeFile(join(project, 'compiled.sql'), '-- t\nselect\n    a,\n    b\nfrom t\nunion all select\n    a,\n    c\n');
  await writeFile(
    join(project, 'models/marts/x.yml'),
    'models:\n  - name: w\n  - name: x\n    columns:\n      - name: a\n      - name: b\n',
  );
});
afterAll(() => rm(project, { recursive: true, force: true }));

// In the form of dbt 1.11.
test.each([
  [
    "Compilation Error\n  Model 'model.shop.x' (models/marts/x.sql) depends on a node named 'nope' which was not found",
    { file: 'models/marts/x.sql' },
  ],
  [
    "Compilation Error in model x (models/marts/x.sql)\n  unexpected '}', expected ')'\n    line 3\n      from",
    { file: 'models/marts/x.sql', line: 3 },
  ],
  [
    'Parsing Error\n  Error reading shop: marts/x.yml - Runtime Error\n    Syntax error near line 3\n    ----',
    { file: 'models/marts/x.yml', line: 3 },
  ],
  ["Parsing Error\n  Env var required but not provided: 'SHOP'", {}],
  ['Compilation Error in model y (models/of_a_package/y.sql)\n    line 3', {}],
])('the place in what dbt says: %s', (message, place) => {
  expect(placeInMessage(project, message)).toEqual(place);
});

test('a compiled line is found in the model where the model has the very same line once', async () => {
  const place = (line: number | null) => placeOfCompiled(project, 'models/marts/x.sql', join(project, 'compiled.sql'), line);
  expect(await Promise.all([place(4), place(3), place(1), place(null)])).toEqual([
    { file: 'models/marts/x.sql', line: 4 },
    // `a,` stands there twice, the first line is made by a macro, and no line is known.
    { file: 'models/marts/x.sql' },
    { file: 'models/marts/x.sql' },
    { file: 'models/marts/x.sql' },
  ]);
});

test('what yml says of a model and a column stands where their names do', async () => {
  const file = 'models/marts/x.yml';
  expect([
    await placeInYml(project, file, 'x', 'b'),
    await placeInYml(project, file, 'x', 'gone'),
    await placeInYml(project, file, 'y', null),
    await placeOfMeta(project, 'models/marts/x.sql', 'w'),
    await placeOfMeta(project, 'models/marts/x.sql', 'y'),
  ]).toEqual([
    { file, line: 6, column: 9 },
    { file, line: 3, column: 5 },
    { file },
    { file, line: 2, column: 5 },
    { file: 'models/marts/x.sql' },
  ]);
});

test('a model of the package that fails because of what yml says has the place of the column there', async () => {
  const message = 'models: x: columns: b: meta.sluice.identifier: there is no rule for card';
  const failed = {
    name: 'identity_observations',
    file: 'models/i.sql',
    package: 'sluice',
    error: { message, compiledPath: null, compiledLine: null },
  };
  const own = { name: 'x', file: 'models/marts/x.sql', package: 'shop', error: null };
  await writeFile(join(project, 'dbt_project.yml'), 'name: shop\n');
  const result = { models: [failed, own] as unknown as ModelResult[], tests: [] } as unknown as BuildResult;
  expect(await buildFindings(project, result)).toEqual([
    expect.objectContaining({ file: 'models/marts/x.yml', line: 6, message: expect.stringContaining(message) }),
  ]);
});
