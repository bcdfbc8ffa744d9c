/**
 * The import law: who may import whom. `npm run check` enforces it, scripts/import-law.test.ts proves that each rule bites,
 * CONTRIBUTING.md says it in prose.
 */

/**
 * What every room stands on, the deepest first. None of these knows what is built on top of it, nor those behind it in this list.
 */
const ground = ['documents', 'sql', 'network', 'setup', 'embedded', 'warehouse', 'store', 'connector-kit'];

/**
 * The way data walks through the house, and behind it the rooms that look at all of it. A room may import from the rooms before it, never from
 * one behind it: what a segment is may depend on the catalogue, but a catalogue that knows about segments could not be read without them.
 * `sources`, `privacy` and `insights` have a place before their first line is written.
 */
const walk = [
  'collect',
  'loads',
  'sources',
  'dbt',
  'catalogue',
  'segments',
  'syncs',
  'identity',
  'privacy',
  'insights',
  'activations',
  'schedule',
  'status',
  'project',
  'ci',
];

/** Where the world comes in. */
const edges = ['http', 'cli'];

const test = String.raw`\.test\.ts$`;

/** Files that only decide: the same input gives the same output, so their tests need no clock, network or database. */
const pure = [
  String.raw`^src/(?!cli/|http/).+/(compile|diff|plan)[^/]*\.ts$`,
  String.raw`/definition\.ts$`,
  '^src/connector-kit/(?!transport)',
];

/** Everything that touches the world. `import type` is allowed: a pure file may name the shape that it is handed. */
const ioCore = '^(node:)?(fs|fs/promises|http|https|http2|net|tls|dgram|dns|child_process|worker_threads|cluster|readline|repl|inspector)$';
const ioPackages =
  'node_modules/(@clickhouse/client|pg|pg-boss|undici|drizzle-orm|@electric-sql/[^/]+|@hono/node-server|chdb|ffi-rs|proper-lockfile)/';
const ioRooms = String.raw`^src/(embedded|store|http|cli|network)/|^src/warehouse/(?!(query|errors)\.ts$)`;

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or hide a third: also where they need only types.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unresolvable',
    comment: 'An import must lead to a file or to a package of package.json.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-undeclared-packages',
    comment: 'A package that package.json does not name disappears when whoever brought it along stops needing it.',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-nameless-files',
    comment: 'A file is named after what it holds. These names hold anything.',
    severity: 'error',
    from: {},
    to: { path: String.raw`^(?!node_modules).*(^|/)(utils?|helpers?|common|misc|types|shared)(\.[cm]?[jt]sx?$|/)` },
  },
  {
    name: 'connectors-use-the-kit-only',
    comment: 'A connector knows its vendor and nothing else: src/connector-kit and packages from npm.',
    severity: 'error',
    from: { path: '^connectors/([^/]+)/', pathNot: test },
    to: { path: '^(src|test|demo|bench|scripts|connectors)/', pathNot: ['^src/connector-kit/', '^connectors/$1/'] },
  },
  {
    name: 'connectors-do-no-io',
    comment: 'A connector turns rows into requests and replies into outcomes; the kit’s transport does the talking.',
    severity: 'error',
    from: { path: '^connectors/', pathNot: test },
    to: { path: [ioCore, ioPackages] },
  },
  {
    name: 'web-imports-no-services',
    comment: 'The page takes types and zod schemas from the rooms; a service in the browser bundle drags the database driver along.',
    severity: 'error',
    from: { path: '^src/web/', pathNot: test },
    to: { path: '^src/(?!web/)', pathNot: String.raw`(definition|schema)\.ts$`, dependencyTypesNot: ['type-only'] },
  },
  ...edges.map((edge) => ({
    name: `${edge}-is-an-edge`,
    comment: `src/${edge} is where the world comes in: only the composition root and the entry point know it.`,
    severity: /** @type {const} */ ('error'),
    from: { path: '^(src|connectors)/', pathNot: [String.raw`^src/(app|main)\.ts$`, '^src/(http|cli)/', test] },
    to: { path: `^src/${edge}/` },
  })),
  {
    name: 'root-is-on-top',
    comment:
      'src/app.ts hands out what it opened, and the list of kinds of documents; whoever imports these to reach a service has skipped being handed one.',
    severity: 'error',
    from: { path: '^(src|connectors)/', pathNot: [String.raw`^src/(app|main)\.ts$`, '^src/(cli|http)/', test] },
    to: { path: String.raw`^src/(app|main|document-kinds)\.ts$`, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'pure-files-do-no-io',
    comment: 'compile*, diff*, plan*, definition.ts and the connector kit decide; the service file beside them acts.',
    severity: 'error',
    from: { path: pure, pathNot: test },
    to: { path: [ioCore, ioPackages, ioRooms], dependencyTypesNot: ['type-only'] },
  },
  ...[...ground, ...walk].slice(0, -1).map((room, place) => ({
    name: ground.includes(room) ? `the-ground-carries-${room}` : `data-walks-on-from-${room}`,
    comment: `${room} comes before ${[...ground, ...walk].slice(place + 1).join(', ')}: what it needs from there belongs in ${room} or further up.`,
    severity: /** @type {const} */ ('error'),
    from: { path: `^src/${room}/`, pathNot: test },
    to: { path: `^src/(${[...ground, ...walk].slice(place + 1).join('|')})/${ground.includes(room) ? '|^connectors/' : ''}` },
  })),
  {
    name: 'every-room-has-its-place',
    comment: 'A room that the law does not name is held to nothing: put it into `ground`, `walk` or `edges`.',
    severity: 'error',
    from: {},
    to: { path: '^src/[^/]+/', pathNot: `^src/(${[...ground, ...walk, ...edges, 'web'].join('|')})/` },
  },
  {
    name: 'benchmarks-are-on-top',
    comment: 'What tests and benchmarks share (worlds, truth sets, oracles) lies in test/laboratory.',
    severity: 'error',
    from: { path: '^(?!bench/)', pathNot: 'node_modules' },
    to: { path: '^bench/' },
  },
  {
    name: 'tests-stay-tests',
    comment: 'Code that ships does not import test code, the demo, the benchmarks or the scripts.',
    severity: 'error',
    from: { path: '^(src|connectors)/', pathNot: test },
    to: { path: String.raw`^(test|demo|bench|scripts)/|\.test\.ts$` },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden,
  options: {
    // TypeScript 7 has no JavaScript API that dependency-cruiser could parse with; swc reads the same syntax.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
