/** What can go wrong with schedules and jobs. */
import { defineErrors } from '../errors.ts';

export const errors = defineErrors('schedule', {
  no_handler: {
    summary: 'A job arrived whose kind this process does not know how to run.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'Processes of different versions share this control plane; run the same version everywhere.',
  },
  shutting_down: {
    summary: 'A job was interrupted because its process was asked to end; it goes back to the queue and is run again.',
    fault: 'transient',
    status: 503,
    exitCode: 130,
    hint: 'Nothing needs to be done: another replica, or the next start, takes it.',
  },
  job_missing: {
    summary: 'There is no failed job with that id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice schedule failed` lists the failed jobs.',
  },
});
