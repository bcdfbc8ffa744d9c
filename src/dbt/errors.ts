/** What can go wrong with a build. */
import { defineErrors } from '../errors.ts';

export const errors = defineErrors('dbt', {
  no_python: {
    summary: 'The Python that runs dbt is not there.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: '`npm run setup` makes .venv with Python and dbt; SLUICE_PYTHON names another Python that has dbt.',
  },
  no_dbt: {
    summary: 'Python is there, but dbt or its ClickHouse adapter is not, or does not load.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: '`npm run setup` installs what scripts/requirements.txt pins.',
  },
  busy: {
    summary: 'Another build is running: builds of one installation go one after the other.',
    fault: 'conflict',
    status: 409,
    exitCode: 1,
    hint: 'Wait for it to end, or stop it where it was started.',
  },
  invalid_project: {
    summary: 'dbt cannot read the project: a yml or a model does not parse, a ref leads nowhere, a declaration contradicts another.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Mend the file that the message names. Nothing was built; the last good tables stand.',
  },
  other_server: {
    summary: 'The profile of dbt leads to another ClickHouse server than the one that Sluice reads: nothing was built.',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Set CLICKHOUSE_URL to the server of the profile, or choose another target with SLUICE_DBT_TARGET or --target.',
  },
  nothing_selected: {
    summary: 'A build was asked for models of which there are none: nothing was built, and nothing follows.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: '`sluice dbt -- ls --select …` lists what a selector means. The tables are as they were.',
  },
  failed: {
    summary: 'A build ended before its models could run, most often because ClickHouse did not answer.',
    fault: 'failed',
    status: 503,
    exitCode: 1,
    hint: 'No table was changed. When the reason is gone, run `sluice build` again.',
  },
  crashed: {
    summary: 'The process that runs dbt ended in the middle of a run.',
    fault: 'transient',
    status: 503,
    exitCode: 1,
    hint: 'Tables that were finished are new, the others are the last good ones. Run it again: a new process is started. Being killed without a word often means that memory ran out.',
  },
  timed_out: {
    summary: 'A build took longer than SLUICE_DBT_TIMEOUT_SECONDS and was stopped, with its queries.',
    fault: 'failed',
    status: 503,
    exitCode: 1,
    hint: 'Raise SLUICE_DBT_TIMEOUT_SECONDS, or look in sluice_audit.dbt_run_models for the model that takes so long.',
  },
  cancelled: {
    summary: 'A build was stopped on request, with its queries.',
    fault: 'failed',
    status: 503,
    exitCode: 130,
    hint: 'Tables that were finished are new, the others are the last good ones. `sluice build` starts anew.',
  },
});
