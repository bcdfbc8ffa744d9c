import { defineErrors } from '../errors.ts';

export const errors = defineErrors('catalogue', {
  invalid: {
    summary: 'The meta of a dbt model or column declares something that the catalogue cannot use.',
    fault: 'config',
    status: 500,
    exitCode: 2,
    hint: 'Correct `meta.sluice` in the model’s yml. docs/catalogue.md says what may stand there.',
  },
  unknown_name: {
    summary: 'The entity has no trait, event, property, relation or column of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice catalogue` and GET /api/catalogue list what there is.',
  },
  personal_values: {
    summary: 'The values of a personal column, or of properties that nothing is declared about, were asked for without `unmask`.',
    fault: 'auth',
    status: 403,
    exitCode: 2,
    hint: 'Ask with `unmask=true` and an API key with the scope admin. Counts of masked values would tell whom a search finds.',
  },
  unknown_entity: {
    summary: 'The catalogue has no entity of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice catalogue` lists the entities; a model declares one by `entity` and `key` (docs/catalogue.md).',
  },
});
