/** What every handler finds on its request's context. */
import type { Logger } from 'pino';
import type { VerifiedApiKey } from '../store/api-keys.ts';

export interface HttpEnvironment {
  Variables: {
    /** Also the header X-Request-Id of the answer, and `request_id` of an error. */
    requestId: string;
    /** The log, with the id of the request in each line. Made when it is asked for: most requests have nothing to say. */
    log: () => Logger;
    /** Set by `requireScope`. */
    apiKey: VerifiedApiKey;
  };
}
