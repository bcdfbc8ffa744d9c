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
    summary: 'There is no failed job with that id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice schedule failed` lists the failed jobs.',
  },
});
