import { defineErrors } from '../errors.ts';

export const errors = defineErrors('project', {
  usage: {
    summary: '`sluice init` was called with options that do not go together.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: '`sluice init DIR` writes a new project, `sluice init --into DIR` adds Sluice to an existing dbt project.',
  },
  not_empty: {
    summary: 'The folder for a new project is not empty.',
    fault: 'usage',
    status: 409,
    exitCode: 2,
    hint: 'Name another folder. For an existing dbt project: `sluice init --into DIR`.',
  },
  no_dbt_project: {
    summary: 'The folder to which Sluice should be added has no dbt project.',
    fault: 'usage',
    status: 404,
    exitCode: 2,
    hint: 'Name the folder of dbt_project.yml. `sluice init DIR` writes a new project.',
  },
  package_taken: {
    summary: 'The dbt project uses, or is, another package that is called sluice.',
    fault: 'usage',
    status: 409,
    exitCode: 2,
    hint: 'dbt tells packages apart by their names. Change the path where the other one is an older Sluice; else remove it.',
  },
  cannot_add: {
    summary: 'Nothing can be added to a file of the dbt project without changing its present lines.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Add the lines by hand, and run the command again: it does the rest.',
  },
});
