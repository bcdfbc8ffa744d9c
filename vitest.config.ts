import { defineConfig } from 'vitest/config';

/** Folders that are not ours, or that belong to another checkout inside this one (a fresh clone that a test made). */
const exclude = ['**/node_modules/**', '**/.venv/**', '**/.sluice*/**', '**/target/**'];

const warehouse = ['{src,connectors,test,demo,bench}/**/*.warehouse.test.ts'];
const store = ['{src,connectors,test,demo,bench}/**/*.store.test.ts'];
const e2e = ['test/e2e/**/*.e2e.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    // Two cores are what the smallest CI machine has; the embedded servers need their share of them.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,connectors,test,demo,bench,scripts}/**/*.test.ts'],
          exclude: [...exclude, ...warehouse, ...store, ...e2e],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Against a real ClickHouse: the embedded one, shared by all files, each under its own database prefix.
        test: {
          name: 'warehouse',
          include: warehouse,
          exclude,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Against PGlite and against a real PostgreSQL.
        test: {
          name: 'store',
          include: store,
          exclude,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Whole stories with processes that are started, killed and started again: one at a time, or they wait for each other's share of the cores.
        test: {
          name: 'e2e',
          include: e2e,
          exclude,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
