import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders that are not ours, or that belong to another checkout inside this one (a fresh clone that a test made). */
const exclude = ['**/node_modules/**', '**/.venv/**', '**/.sluice*/**', '**/target/**', '**/dbt_packages/**'];

const warehouse = ['{src,connectors,test,demo,bench}/**/*.warehouse.test.ts'];
const store = ['{src,connectors,test,demo,bench}/**/*.store.test.ts'];
const e2e = ['test/e2e/**/*.e2e.test.ts'];

// What the processes that tests start share, dbt first of all.
const globalSetup = ['./test/dbt-template/setup.ts'];

/**
 * The files that take longest, longest first: one that begins last keeps one worker busy while the others have nothing left. Without this list
 * the largest file would begin first, which says little about its time. A file that is missing here begins after these.
 */
const LONGEST = [
  'src/identity/what-if.warehouse.test.ts',
  'test/identity/graph.warehouse.test.ts',
  'src/dbt/identity-evidence.warehouse.test.ts',
  'src/segments/compile.warehouse.test.ts',
  'src/project/templates.warehouse.test.ts',
  'test/identity/ids.warehouse.test.ts',
  'src/dbt/plain-command-line.warehouse.test.ts',
  'src/dbt/sources-by-yml.warehouse.test.ts',
  'src/cli/sql.warehouse.test.ts',
  'test/identity/crash.warehouse.test.ts',
  'src/syncs/key-folding.warehouse.test.ts',
  'src/syncs/merged-profiles.warehouse.test.ts',
  'src/dbt/accounts.warehouse.test.ts',
  'test/e2e/bench-identity.e2e.test.ts',
  'test/e2e/demo.e2e.test.ts',
  'test/e2e/build.e2e.test.ts',
  'test/e2e/package.e2e.test.ts',
  'test/e2e/ci.e2e.test.ts',
  'test/e2e/collect-crash.e2e.test.ts',
  'test/e2e/sync-crash.e2e.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

// Timeouts are there to end what hangs, so they leave room for a machine three times as slow as the one that the tests were written on.
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    // One more than the smallest CI machine has cores: many tests wait, for a clock, a lease or a process that was killed.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,connectors,test,demo,bench,scripts}/**/*.test.ts'],
          exclude: [...exclude, ...warehouse, ...store, ...e2e],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Against a real ClickHouse: the embedded one, shared by all files, each under its own database prefix.
        test: {
          name: 'warehouse',
          include: warehouse,
          exclude,
          globalSetup,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Against PGlite and against a real PostgreSQL.
        test: {
          name: 'store',
          include: store,
          exclude,
          globalSetup,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole stories with processes that are started, killed and started again, each with servers of its own: after the others, whose load they need not share.
        test: {
          name: 'e2e',
          include: e2e,
          exclude,
          globalSetup,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
