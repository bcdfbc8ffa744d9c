import { defineErrors } from '../errors.ts';

export const errors = defineErrors('ci', {
  stopped: {
    summary: 'A check of a project was stopped on request.',
    fault: 'failed',
    status: 503,
    exitCode: 130,
    hint: 'Nothing is left behind: its server and its folder are gone. `sluice ci` starts anew.',
  },
});
