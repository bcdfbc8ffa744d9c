import { defineErrors } from '../errors.ts';

export const errors = defineErrors('activations', {
  folder_missing: {
    summary: 'The activations folder cannot be read.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Run the command in the folder that holds activations/, or set SLUICE_PROJECT_DIR to it. An empty project has activations/{destinations,segments,syncs}/.',
  },
  plan_outdated: {
    summary: 'A saved plan was to be applied, and the documents, the models or what runs are no longer those that it was made from.',
    fault: 'conflict',
    status: 409,
    exitCode: 1,
    hint: 'Nothing was applied. Make the plan again with `sluice plan --out`, and have it looked at again.',
  },
  plan_file: {
    summary: 'The file of a saved plan cannot be written, or holds none.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: '`sluice plan --out plan.json` writes one, `sluice apply --plan plan.json` applies it.',
  },
  usage: {
    summary: 'An option of `sluice apply` does not have the form that it must have.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: '`sluice apply --help` shows the options.',
  },
  removals_not_allowed: {
    summary: 'Documents were to be applied that remove every document of a kind, or more documents than were allowed.',
    fault: 'conflict',
    status: 409,
    exitCode: 2,
    hint: 'Nothing was applied. If it is meant, allow that many: `sluice apply --allow-removals <count>`, or `allow_removals` in the body; or apply a plan that was looked at: `sluice apply --plan`, or `world` in the body.',
  },
  in_use: {
    summary: 'A document was to be removed, or to be of another entity, that others refer to.',
    fault: 'conflict',
    status: 409,
    exitCode: 2,
    hint: 'Remove those that the message names first, or all of them at once with `sluice apply`.',
  },
  invalid: {
    summary: 'One or more activation documents are wrong; nothing was applied.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Each line names the file, the place in it and what is expected there. `sluice plan` checks without changing anything.',
  },
});
