/** What can go wrong in the benchmarks themselves; the rooms they call report their own errors. */
import { defineErrors } from '../src/errors.ts';

export const benchErrors = defineErrors('bench', {
  usage: {
    summary: 'The benchmarks were started with an option that they do not have.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'npm run bench -- --help lists the options.',
  },
  step_failed: {
    summary: 'A step that was to be measured (a build, a publication, a sync) ended without success.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'Run it again with --keep and look at the data directory that it prints.',
  },
  results_differ: {
    summary: 'Two ways to the same result did not come to the same result, so their times cannot be compared.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'Please report it with the text above.',
  },
});
