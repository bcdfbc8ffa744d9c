/** How much one request carries, and how many leave in a second. */
import type { BatchLimits } from '../../src/connector-kit/connector.ts';

/** The version of the interface: a date that every request names. */
export const revision = '2026-07-15';

export const api = {
  version: revision,
  source: { link: 'https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy', checkedOn: '2026-11-24' },
};

/** 5 MB a request, of which we leave a fifth for what stands around the rows: at most 100 bytes each. */
export const importBatch: BatchLimits = {
  maxRows: 10_000,
  maxBytes: 4_000_000,
  mixesOperations: false,
  source: { link: 'https://developers.klaviyo.com/en/reference/bulk_import_profiles', checkedOn: '2026-11-24' },
};

/** A removal names profiles by Klaviyo's own ids: 1,000 of them a request, looked up 100 at a time. */
export const removalBatch = {
  maxRows: 1_000,
  source: { link: 'https://developers.klaviyo.com/en/reference/remove_profiles_from_list', checkedOn: '2026-11-24' },
};
export const LOOKUP_ROWS = 100;

/** 150 requests a minute for imports and lists; the burst of 10 a second is left to others who use the account. */
export const klaviyoLimits = { concurrency: 2, requestsPerSecond: 2.5 };

/** A job is asked about after this long, in milliseconds. Klaviyo works on 10,000 profiles for some seconds to some minutes. */
export const POLL_MS = 5_000;
