/** `sluice ci` as a pull request's workflow runs it: in a project of its own, and in the demo's. */
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CiReport } from '../../src/ci/ci.ts';
import { type CiProject, ciProject } from '../ci-project.ts';
import { copyOfProject } from '../dbt.ts';
import { sharedPython } from '../dbt-template/python.ts';
import { sluiceCommand } from '../sluice-command.ts';

let project: CiProject;
/** The data folder of the installation, and the temporary folder of the checks. */
let [dataDir, temporary] = ['', ''];

beforeAll(async () => {
  project = await ciProject();
  [dataDir, temporary] = [await mkdtemp(join(tmpdir(), 'sluice-ci-data-')), await mkdtemp(join(tmpdir(), 'sluice-ci-tmp-'))];
});

afterAll(async () => {
  await project.remove();
  for (const folder of [dataDir, temporary]) await rm(folder, { recursive: true, force: true });
});

/** Every server that the environment names is one that does not answer. */
function command(projectDir: string, environment: Readonly<Record<string, string>> = {}) {
  const elsewhere = {
    CLICKHOUSE_URL: 'http://127.0.0.1:9',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
    SLUICE_RAW_DATABASE: 'production_raw',
    DBT_TARGET: 'ci',
    DBT_PROFILE: 'nightly',
    GITHUB_ACTIONS: '',
  };
  const own = { SLUICE_PROJECT_DIR: projectDir, SLUICE_PYTHON: sharedPython(), TMPDIR: temporary };
  return sluiceCommand(dataDir, { ...elsewhere, ...own, ...environment });
}

const ci = (projectDir: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) =>
  command(projectDir, environment).run(['ci', ...args]);

const NOTE = 'shop/activations/destinations/files.yml';
const UNSET = 'config.folder: the environment variable SHOP_OUT is not set';

test('`sluice ci --parse-only` reads project and documents without any server, and exits 0 with a note of a variable that is not set', async () => {
  const { code, out, err } = await ci(project.dir, ['--parse-only']);
  expect([code, out.trim().split('\n').slice(0, -1), err.match(/✓ \w+/g)]).toEqual([
    0,
    [`note ${NOTE}:4:11 ${UNSET}`],
    ['✓ parse', '✓ documents'],
  ]);
  expect([await readdir(dataDir), await readdir(temporary)]).toEqual([[], []]);
});

test('an error of the parse is said with its file and line', async () => {
  const other = await ciProject();
  await other.write({ 'models/broken.sql': "select 1 as one\n\nfrom {{ ref('customers' }}\n" });
  const { code, out } = await ci(other.dir, ['--parse-only', '--format', 'github']);
  await other.remove();
  expect([code, out.split('%0A')[0]]).toEqual([
    1,
    '::error file=shop/models/broken.sql,line=3::Compilation Error in model broken (models/broken.sql)',
  ]);
});

test('`sluice ci` builds on samples, asks segments and mappings, and leaves neither a server nor a folder; the installation and the servers of the environment are not used', async () => {
  const { code, out } = await ci(project.dir, ['--json']);
  const report = JSON.parse(out) as CiReport;
  expect([code, report.is_ok, report.findings.map(({ level, file, message }) => [level, file, message])]).toEqual([
    0,
    true,
    [['note', NOTE, 'the environment variable SHOP_OUT is not set']],
  ]);
  expect(report.steps.map(({ name, is_ok, detail }) => [name, is_ok, detail])).toEqual([
    ['warehouse', true, expect.stringMatching(/^ClickHouse [\d.]+, of this check alone$/)],
    ['parse', true, '3 models, 1 entities'],
    ['documents', true, '3 documents'],
    ['samples', true, '3 rows in 1 tables, 1 events'],
    ['build', true, '3 of 3 models built; 5 of 5 tests passed, 0 warnings'],
    ['segments', true, '1 of 1 segments asked'],
    ['syncs', true, '1 mappings'],
  ]);
  expect([await readdir(dataDir), await readdir(temporary)]).toEqual([[], []]);
});

test('a check that is stopped leaves nothing behind either, and exits 130', async () => {
  const child = command(project.dir).start(['ci']);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (text.includes('warehouse')) child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  expect([code, err.match(/error .*|✓ \w+/g), await readdir(dataDir), await readdir(temporary)]).toEqual([
    130,
    ['✓ warehouse', 'error ci.stopped'],
    [],
    [],
  ]);
});

test('what is wrong is an annotation at its file and line, and the exit code is 1: YAML, names, mappings, types, tests, SQL, samples', async () => {
  await project.write({
    'activations/segments/broken.yml': 'id: broken\ntitle: [Broken\n',
    'activations/segments/typo.yml': 'id: typo\ntitle: Typo\nentity: customer\nwhere:\n  all:\n    - { trait: visist, gte: 3 }\n',
    'activations/segments/rich.yml': 'id: rich\ntitle: Rich\nentity: customer\nwhere: { trait: points, gte: 3 }\n',
    'activations/destinations/stored.yml': 'id: stored\ntitle: Stored\nconnector: file\nconfig: { folder: secret:OUT }\n',
    'activations/syncs/regulars-to-files.yml': `id: regulars-to-files
title: Regulars, into files
source: { segment: regulars }
destination: files
object: row
mode: mirror
key: { email: email }
fields:
  visits: vists
`,
    'models/points.sql': "{{ config(materialized='table') }}\nselect customer_id, 'many' as points from {{ ref('customers') }} where 0\n",
    'models/points.yml': `models:
  - name: points
    meta: { sluice: { role: traits, entity: customer, key: customer_id } }
    columns:
      - { name: customer_id, data_type: UUID, meta: { sluice: { identifer: customer_id } } }
      - { name: points, data_type: UInt32, meta: { sluice: { trait: true } } }
`,
    'models/wrong.sql': "select\n    email,\n    vists\nfrom {{ source('shop_raw', 'shop__customers') }}\n",
    'models/late.sql': "{{ config(materialized='table') }}\nselect email from {{ source('shop_raw', 'shop__customers') }}\n",
    'models/late.yml':
      'models:\n  - name: late\n    columns:\n      - { name: email, data_tests: [unique, { accepted_values: { arguments: { values: [nobody] }, config: { severity: warn } } }] }\n',
    'samples/shop__customers.csv': `customer_id,email,visits
6f1f3f5e-1111-4222-8333-000000000001,jo@example.com,5
6f1f3f5e-1111-4222-8333-000000000002,jo@example.com,1
`,
    'samples/shop__more.txt': 'not read\n',
    'samples/events.jsonl': '{"type":"track","event":"Visited","userId":"jo"}\n{"type":"track"\n',
  });
  const { code, out, err } = await ci(project.dir, [], { GITHUB_ACTIONS: 'true' });
  const lines = out.trim().split('\n');
  const at = (file: string, place = '') => `::error file=shop/${file}${place}::`;
  expect([code, lines.filter((line) => line.startsWith('::')).sort()]).toEqual([
    1,
    [
      `${at('activations/segments/broken.yml', ',line=3,col=1')}is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]`,
      `${at('activations/segments/rich.yml', ',line=4,col=1')}There is no supertype for types String, UInt32 because some of them are String/FixedString/Enum and some of them are not [ClickHouse 386 NO_COMMON_TYPE]`,
      `${at('activations/segments/typo.yml', ',line=6,col=9')}where.all[0].trait: there is no trait visist of a customer. Did you mean visits?`,
      `${at('activations/syncs/regulars-to-files.yml', ',line=9,col=3')}fields.visits: the source has no column vists; did you mean visits?`,
      `${at('models/late.yml', ',line=4,col=11')}the test unique_late_email failed: Got 1 result, configured to fail if != 0`,
      `${at('models/points.yml', ',line=5,col=11')}meta.sluice of points.customer_id says identifer, which this version does not know.`,
      `${at('models/wrong.sql', ',line=3')}the model wrong cannot be built: Code: 47. DB::Exception: Unknown expression identifier \`vists\` in scope SELECT email, vists FROM sluice_raw.shop__customers. Maybe you meant: ['visits']. (UNKNOWN_IDENTIFIER)`,
      `${at('samples/events.jsonl', ',line=2')}is not JSON: Expected ',' or '}' after property value in JSON at position 15 (line 1 column 16)`,
      `${at('samples/shop__more.txt')}is not read: samples are named <source>__<table>.csv, .jsonl or .parquet, and events.jsonl.`,
      `::notice file=${NOTE},line=4,col=11::${UNSET}`,
      '::notice file=shop/activations/destinations/stored.yml,line=1,col=1::the stored secret OUT is not looked up by a check',
    ],
  ]);
  // A failed test of the severity `warn` is counted.
  expect(err).toContain('5 of 6 models built; 5 of 7 tests passed, 1 warnings');
  expect(lines.at(-1)).toMatch(/^The project is not in order: 9 errors, 0 warnings, 2 notes; [\d.]+ s$/);
});

test('the project of the demo is in order, on samples of one source and of events', async () => {
  const { dir, remove } = await copyOfProject({ withModels: true });
  await mkdir(join(dir, 'samples'));
  const customers = 'household_id,email,phone,first_name,last_name,city,country_code,consent_email,updated_at\n';
  await writeFile(
    join(dir, 'samples/crm__customers.csv'),
    `${customers}1,jo@example.com,+12025550123,Jo,Ko,Gent,BE,true,2017-01-01 00:00:00\n`,
  );
  const visit = { type: 'track', event: 'Page Viewed', userId: 'jo', context: { traits: { email: 'jo@example.com' } }, messageId: 'm-1' };
  await writeFile(join(dir, 'samples/events.jsonl'), `${JSON.stringify(visit)}\n`);
  const { code, out } = await ci(dir, ['--json']);
  const report = JSON.parse(out) as CiReport;
  await remove();
  expect([code, report.findings.filter(({ level }) => level === 'error')]).toEqual([0, []]);
  const detail = (wanted: string) => report.steps.find(({ name }) => name === wanted)?.detail;
  expect([detail('samples'), detail('segments')]).toEqual(['1 rows in 1 tables, 1 events', '5 of 5 segments asked']);
});
