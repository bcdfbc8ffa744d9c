/** What can go wrong with schedules and jobs. */
import { defineErrors } from '../errors.ts';

export const errors = defineErrors('schedule', {
  build_schedule: {
    summary: 'SLUICE_BUILD_SCHEDULE is neither an interval nor a cron expression.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Write an interval, `15m`, `2h` or `1d`, or a cron expression of five fields, `30 3 * * *`.',
  },
  no_handler: {
    summary: 'A job arrived whose kind this process does not know how to run.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'Processes of different versions share this control plane; run the same version everywhere.',
  },
  job_missing: {
    summary: 'There is no job, or no failed job, with that id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice schedule failed` lists the failed jobs; jobs that are over are forgotten after fourteen days.',
  },
  job_over: {
    summary: 'A job was to be cancelled that is over.',
    fault: 'conflict',
    status: 409,
    exitCode: 1,
    hint: 'GET /api/jobs/{id} says what came of it.',
  },
  key_reused: {
    summary: 'An Idempotency-Key was sent once more, with a call that asks for something else.',
    fault: 'conflict',
    status: 409,
    exitCode: 2,
    hint: 'Make a new key for each thing that is to be done; send the same one only to repeat a call whose answer was lost.',
  },
});
