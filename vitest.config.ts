import { defineConfig } from 'vitest/config';

/** Folders that are not ours, or that belong to another checkout inside this one (a fresh clone that a test made). */
const exclude = ['**/node_modules/**', '**/.venv/**', '**/.sluice*/**', '**/target/**', '**/dbt_packages/**'];

const warehouse = ['{src,connectors,test,demo,bench}/**/*.warehouse.test.ts'];
const store = ['{src,connectors,test,demo,bench}/**/*.store.test.ts'];
const e2e = ['test/e2e/**/*.e2e.test.ts'];

// What the processes that tests start share, dbt first of all.
const globalSetup = ['./test/dbt-template/setup.ts'];

// Timeouts are there to end what hangs, so they leave room for a machine three times as slow as the one that the tests were written on.
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    // One more than the smallest CI machine has cores: many tests wait, for a clock, a lease or a process that was killed.
    maxWorkers: 3,
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
