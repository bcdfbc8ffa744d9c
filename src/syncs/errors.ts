import { defineErrors } from '../errors.ts';

export const errors = defineErrors('syncs', {
  invalid: {
    summary: 'A sync or destination document cannot be used.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'The message names the place in the document. The README shows a complete sync and destination.',
  },
  not_found: {
    summary: 'There is no sync or destination of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice sync list` prints what is running; `sluice apply` makes what activations/ says.',
  },
  source_missing: {
    summary: 'The segment or table that a sync reads does not exist, or was never published.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: 'Publish the segment (`sluice segment publish NAME`) or build the table (`sluice build`).',
  },
  secret_missing: {
    summary: 'A destination refers to an environment variable or a stored secret that is not there.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Set the variable, or store the secret, under the name that the message gives.',
  },
  removals_refused: {
    summary: 'A run would have removed a larger share of what the destination holds than its guard allows. Nothing was sent.',
    fault: 'failed',
    status: 409,
    exitCode: 1,
    hint: 'Look at `sluice sync plan NAME`. If the removals are right, raise guard.max_removed_share for one run.',
  },
  destination_failed: {
    summary: 'A run was stopped because of its destination: set-up, login, or no service.',
    fault: 'failed',
    status: 503,
    exitCode: 1,
    hint: 'The message says what the destination answered. Rows that were not sent are planned again by the next run.',
  },
  interrupted: {
    summary: 'The process that delivered a run ended before the run did.',
    fault: 'failed',
    status: 500,
    exitCode: 1,
    hint: 'Nothing to do: the next run has first finished what was in flight, then compared anew.',
  },
  lease_lost: {
    summary: 'A run was stopped because another process took over the sync.',
    fault: 'conflict',
    status: 409,
    exitCode: 1,
    hint: 'Nothing to do: the other process goes on. If it happens often, the control plane or the machine is overloaded.',
  },
});
