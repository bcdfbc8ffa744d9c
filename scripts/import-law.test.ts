import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A house in which every rule is broken once, and a few things stand beside it that must not be mistaken for a breach. */
const house: Record<string, string> = {
  'package.json': '{ "name": "house", "type": "module", "dependencies": { "zod": "*", "pg": "*" } }',
  'src/app.ts': "import './http/server.ts'; import './cli/program.ts'; import './document-kinds.ts';",
  'src/http/server.ts': "import '../segments/publish.ts';",
  'src/cli/program.ts': 'export {};',
  'src/segments/publish.ts':
    "import '../catalogue/catalogue.ts'; import '../http/server.ts'; import '../cli/program.ts'; import type { A } from '../app.ts';",
  'src/segments/compile.ts':
    "import fs from 'node:fs'; import { z } from 'zod'; import pg from 'pg'; import type { W } from '../warehouse/warehouse.ts';",
  'src/segments/compile-window.ts': "import '../warehouse/warehouse.ts';",
  'src/segments/definition.ts': "import '../warehouse/query.ts'; import type { Dirent } from 'node:fs';",
  'src/segments/compile.test.ts': "import fs from 'node:fs'; import '../syncs/diff.ts';",
  'src/segments/helpers.ts': 'export {};',
  'src/catalogue/catalogue.ts':
    "import './helpful.ts'; import './sample.ts'; import type { S } from '../segments/definition.ts'; import '../app.ts';",
  'src/catalogue/helpful.ts': 'export {};',
  'src/catalogue/sample.ts': "import './catalogue.ts'; import './missing.ts'; import '../segments/helpers.ts';",
  'src/syncs/diff.ts': "import '../segments/definition.ts'; import '../segments/compile.test.ts';",
  'src/warehouse/query.ts': "import { z } from 'zod';",
  'src/warehouse/warehouse.ts': "import '../segments/definition.ts'; import 'undeclared';",
  'src/connector-kit/outcome.ts': "import 'node:http';",
  'src/connector-kit/transport.ts': "import 'node:http';",
  'src/web/page.ts':
    "import type { P } from '../segments/publish.ts'; import '../segments/definition.ts'; import '../segments/publish.ts';",
  'connectors/crm/index.ts':
    "import '../../src/connector-kit/outcome.ts'; import './contact.ts'; import '../webhook/index.ts'; import 'node:fs/promises';",
  'connectors/crm/contact.ts': "import '../../src/warehouse/query.ts';",
  'src/attic/old.ts': 'export {};',
  'test/laboratory/truth.ts': "import '../../bench/score.ts';",
  'bench/score.ts': "import '../test/laboratory/people.ts';",
  'test/laboratory/people.ts': 'export {};',
  'src/status/probe.ts': "import '../attic/old.ts'; import '../catalogue/catalogue.ts'; import '../document-kinds.ts';",
  'src/document-kinds.ts': "import './syncs/diff.ts';",
  'src/network/address.ts': "import '../warehouse/query.ts';",
  'connectors/webhook/database.ts': "import pg from 'pg';",
  'connectors/webhook/index.ts': "import { createHmac } from 'node:crypto';",
};

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

let folder: string;
let violations: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-house-'));
  for (const [path, source] of Object.entries(house)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), source);
  }
  await mkdir(join(folder, 'node_modules'));
  for (const name of ['zod', 'pg']) await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  await mkdir(join(folder, 'node_modules', 'undeclared'));
  await writeFile(join(folder, 'node_modules', 'undeclared', 'package.json'), '{ "name": "undeclared", "main": "index.js" }');
  await writeFile(join(folder, 'node_modules', 'undeclared', 'index.js'), '');
  violations = await judge();
}, 30_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** dependency-cruiser with the project's own rules: each breach as `rule: from -> to`. */
async function judge(): Promise<readonly string[]> {
  const args = [
    join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    join(root, '.dependency-cruiser.mjs'),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--output-type', 'json', 'src', 'connectors', 'bench', 'test'], {
    cwd: folder,
  }).catch(
    // It exits with the number of breaches.
    (failure: { stdout: string }) => failure,
  );
  const report = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } };
  return report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to.replace(/^.*node_modules\//, '')}`);
}

/** Every breach in the house above, and no other. */
const expected: Record<string, readonly string[]> = {
  'no-cycles': [
    'src/app.ts -> src/http/server.ts',
    'src/catalogue/catalogue.ts -> src/app.ts',
    'src/catalogue/catalogue.ts -> src/catalogue/sample.ts',
    'src/http/server.ts -> src/segments/publish.ts',
    'src/segments/compile.test.ts -> src/syncs/diff.ts',
  ],
  'no-unresolvable': ['src/catalogue/sample.ts -> ./missing.ts'],
  'no-undeclared-packages': ['src/warehouse/warehouse.ts -> undeclared/index.js'],
  'no-nameless-files': ['src/catalogue/sample.ts -> src/segments/helpers.ts'],
  'connectors-use-the-kit-only': [
    'connectors/crm/contact.ts -> src/warehouse/query.ts',
    'connectors/crm/index.ts -> connectors/webhook/index.ts',
  ],
  'connectors-do-no-io': ['connectors/crm/index.ts -> fs/promises', 'connectors/webhook/database.ts -> pg/esm/index.mjs'],
  'web-imports-no-services': ['src/web/page.ts -> src/segments/publish.ts'],
  'http-is-an-edge': ['src/segments/publish.ts -> src/http/server.ts'],
  'cli-is-an-edge': ['src/segments/publish.ts -> src/cli/program.ts'],
  'root-is-on-top': ['src/catalogue/catalogue.ts -> src/app.ts', 'src/status/probe.ts -> src/document-kinds.ts'],
  'pure-files-do-no-io': [
    'src/connector-kit/outcome.ts -> http',
    'src/segments/compile-window.ts -> src/warehouse/warehouse.ts',
    'src/segments/compile.ts -> fs',
    'src/segments/compile.ts -> pg/esm/index.mjs',
  ],
  'data-walks-on-from-catalogue': [
    'src/catalogue/catalogue.ts -> src/segments/definition.ts',
    'src/catalogue/sample.ts -> src/segments/helpers.ts',
  ],
  'the-ground-carries-network': ['src/network/address.ts -> src/warehouse/query.ts'],
  'the-ground-carries-warehouse': ['src/warehouse/warehouse.ts -> src/segments/definition.ts'],
  'every-room-has-its-place': ['src/status/probe.ts -> src/attic/old.ts'],
  'benchmarks-are-on-top': ['test/laboratory/truth.ts -> bench/score.ts'],
  'tests-stay-tests': ['src/syncs/diff.ts -> src/segments/compile.test.ts'],
};

test.each(Object.entries(expected))('the import law catches: %s', (rule, breaches) => {
  const found = violations.filter((violation) => violation.startsWith(`${rule}: `)).map((violation) => violation.slice(rule.length + 2));
  expect(found.sort()).toEqual(breaches);
});

test('the import law finds no fault with what it allows', () => {
  expect(violations.filter((violation) => !((violation.split(': ')[0] ?? '') in expected))).toEqual([]);
});
