import { defineErrors } from '../errors.ts';

export const errors = defineErrors('catalogue', {
  invalid: {
    summary: 'The meta of a dbt model or column declares something that the catalogue cannot use.',
    fault: 'config',
    status: 500,
    exitCode: 2,
    hint: 'Correct `meta.sluice` in the model’s yml. models/README.md lists its keys.',
  },
});
