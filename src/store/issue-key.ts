/** Makes API keys of which scopes and source go together, and shows keys without what could be used. */
import { defineErrors } from '../errors.ts';
import type { ApiKey, ApiKeys } from './api-keys.ts';
import type { ApiKeyListing, NewApiKey } from './api-keys-schema.ts';

const errors = defineErrors('keys', {
  source_missing: {
    summary: 'A key that may send events was asked for without a source, or a source for a key that may not.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Write `sluice keys create web --scope collect --source web`: everything that is sent with the key is recorded under that source.',
  },
});

/**
 * @param id a UUID of the caller's own making: a second key with the same id is not made.
 * @returns the key itself as `key`, this once.
 * @throws CdpError `keys.source_missing`, `store.key_name`, `store.key_made`.
 */
export async function issueKey(
  apiKeys: Pick<ApiKeys, 'create'>,
  { name, scopes, source, max_messages_per_second: maxMessagesPerSecond }: NewApiKey,
  id?: string,
): Promise<ApiKeyListing & { readonly key: string }> {
  if (scopes.includes('collect') && source === undefined) throw errors.source_missing('A key with the scope collect needs a source.');
  if (source !== undefined && !scopes.includes('collect')) throw errors.source_missing('Only a key with the scope collect has a source.');
  const { plain, ...key } = await apiKeys.create({
    name,
    scopes,
    ...(id !== undefined && { id }),
    ...(source !== undefined && { source }),
    ...(maxMessagesPerSecond !== undefined && { maxMessagesPerSecond }),
  });
  return { ...presentKey(key), key: plain };
}

export const presentKey = ({ createdAt, lastUsedAt, revokedAt, maxMessagesPerSecond, ...key }: ApiKey): ApiKeyListing => ({
  ...key,
  max_messages_per_second: maxMessagesPerSecond,
  created_at: createdAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null,
  revoked_at: revokedAt?.toISOString() ?? null,
});
