import { defineErrors } from '../errors.ts';

export const errors = defineErrors('activations', {
  folder_missing: {
    summary: 'The activations folder cannot be read.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Run the command in the folder that holds activations/, or set SLUICE_PROJECT_DIR to it. An empty project has activations/{destinations,segments,syncs}/.',
  },
  invalid: {
    summary: 'One or more activation documents are wrong; nothing was applied.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Each line names the file, the place in it and what is expected there. `sluice plan` checks without changing anything.',
  },
});
