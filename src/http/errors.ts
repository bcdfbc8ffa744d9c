import { defineErrors } from '../errors.ts';

export const errors = defineErrors('http', {
  invalid: {
    summary: 'A request to the API has parameters or a body that do not fit its description.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: '/docs shows what each call takes.',
  },
  no_such_route: {
    summary: 'There is nothing at this address.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '/docs lists every call; collection is at /v1/batch, /v1/track, ….',
  },
  no_such_method: {
    summary: 'There is something at this address, and it does not take this method.',
    fault: 'usage',
    status: 405,
    exitCode: 2,
    hint: 'The Allow header of the answer lists the methods that it takes.',
  },
  key_missing: {
    summary: 'A call to the API has no valid API key.',
    fault: 'auth',
    status: 401,
    exitCode: 2,
    hint: 'Send `Authorization: Bearer slk_…`. `sluice keys create --scope admin` makes a key.',
  },
  key_scope: {
    summary: 'The API key is valid, and not for this call.',
    fault: 'auth',
    status: 403,
    exitCode: 2,
    hint: 'Keys for collecting can only send events; reading needs the scope read, changing needs admin.',
  },
  body_too_large: {
    summary: 'The body of a call is larger than 4 MiB.',
    fault: 'too_large',
    status: 413,
    exitCode: 2,
    hint: 'Documents of the API are small; data comes in by /v1/batch or `sluice load`.',
  },
  timeout: {
    summary: 'A call took longer than the service waits.',
    fault: 'transient',
    status: 503,
    exitCode: 1,
    hint: 'Start long work as a job and ask for its state, or try again later.',
  },
  bug: {
    summary: 'Something failed that should not be able to.',
    fault: 'bug',
    status: 500,
    exitCode: 1,
    hint: 'It is not your request. The service has logged it under this request id.',
  },
  port_in_use: {
    summary: 'The port of the service is taken.',
    fault: 'config',
    status: 500,
    exitCode: 3,
    hint: 'Stop what listens there, or set SLUICE_PORT to another port (0 takes a free one).',
  },
});
