import { defineErrors } from '../errors.ts';

export const errors = defineErrors('catalogue', {
  invalid: {
    summary: 'The meta of a dbt model or column declares something that the catalogue cannot use.',
    fault: 'config',
    status: 500,
    exitCode: 2,
    hint: 'Correct `meta.sluice` in the model’s yml. docs/catalogue.md says what may stand there.',
  },
  unknown_entity: {
    summary: 'The catalogue has no entity of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice catalogue` lists the entities; a model declares one by `entity` and `key` (docs/catalogue.md).',
  },
});
