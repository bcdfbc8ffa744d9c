/** Ends a test run with one plain line, `N passed, N failed` (and `, N skipped`): what CI and people look for first. */
import type { Reporter, TestModule, TestSuite } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const line = tallyLine(tallyOf(modules, unhandledErrors.length));
    // Global teardowns still have things to say after this point; the last word comes when the process leaves.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}

/**
 * Counts test cases. What breaks outside of a test case counts as one failure each, or a run could fail with "0 failed": a file that
 * does not load, a `beforeAll` that throws (its tests count as skipped: they did not run), an error that nobody caught.
 */
export function tallyOf(modules: readonly TestModule[], unhandledErrors: number): Tally {
  const tally: Tally = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    for (const container of [module, ...module.children.allSuites()]) if (isBroken(container)) tally.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // `pending` is a test that was begun and never ended: its worker died or the run was stopped.
      tally[state === 'pending' ? 'failed' : state] += 1;
    }
  }
  return tally;
}

export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function isBroken(container: TestModule | TestSuite): boolean {
  return container.errors().length > 0;
}
