import { defineErrors } from '../errors.ts';

export const errors = defineErrors('collect', {
  malformed_json: {
    summary: 'The body of a collection request is not JSON.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Send one JSON object, plain or gzip-compressed, in UTF-8. What arrived was kept in sluice_raw.rejected_events if the key was valid.',
  },
  not_a_batch: {
    summary: 'The body of /v1/batch has no list of messages, or that of a single call is not an object.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Send { "batch": [ … ] } to /v1/batch, and one message as an object to /v1/track, /v1/identify, …',
  },
  body_too_large: {
    summary:
      'The body of a collection request is larger than 500 KiB, as it is or when it is unpacked; or its messages are larger than 4 MiB with the context that the batch gives to each.',
    fault: 'too_large',
    status: 413,
    exitCode: 2,
    hint: 'Send smaller batches: SDKs have a setting such as flushAt for it.',
  },
  write_key: {
    summary: 'A collection request has no write key, or one that is unknown, revoked or not for collecting.',
    fault: 'auth',
    status: 401,
    exitCode: 2,
    hint: 'Give the write key as the user name of Basic authentication or as writeKey in the body. `sluice keys create --scope collect --source web` makes one.',
  },
  key_unchecked: {
    summary: 'The control plane does not answer, so a write key that this process has not seen before cannot be checked.',
    fault: 'transient',
    status: 503,
    exitCode: 1,
    hint: 'Nothing of this request was taken: send it again, as SDKs do by themselves. `sluice doctor` says what is wrong.',
  },
  body_cut: {
    summary: 'The body of a collection request ended before its announced length, or came too slowly.',
    fault: 'transient',
    status: 408,
    exitCode: 1,
    hint: 'Nothing of this request was taken: send it again. SLUICE_BODY_TIMEOUT_SECONDS says how long a body may take.',
  },
  rate_limited: {
    summary: 'A write key has sent more messages than it may per second.',
    fault: 'throttled',
    status: 429,
    exitCode: 1,
    hint: 'Nothing of this request was taken: send it again after the seconds of the Retry-After header. The limit is that of the key, or SLUICE_KEY_MAX_MESSAGES_PER_SECOND.',
  },
  overloaded: {
    summary: 'More requests are under way, or more messages are waiting to be stored, than fit into memory.',
    fault: 'throttled',
    status: 503,
    exitCode: 1,
    hint: 'Nothing of this request was taken: send it again, as SDKs do by themselves. If it goes on, ClickHouse is too slow for the stream, or SLUICE_COLLECT_MEMORY_MB too small.',
  },
  not_durable: {
    summary: 'ClickHouse did not take the messages of a request.',
    fault: 'transient',
    status: 503,
    exitCode: 1,
    hint: 'Nothing of this request was acknowledged: send it again, as SDKs do by themselves. `sluice doctor` says what is wrong with the warehouse.',
  },
  foreign_raw: {
    summary: 'Messages were sent to a service whose models read the raw data of another installation (SLUICE_RAW_DATABASE).',
    fault: 'config',
    status: 503,
    exitCode: 3,
    hint: 'Nothing of this request was taken: send it to the service of that installation. To collect here, unset SLUICE_RAW_DATABASE.',
  },
});
