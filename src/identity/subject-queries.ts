/** Finds the subject: from a value as a person wrote it, or from a present or former id. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const time = z.string().nullable();
const node = z.coerce.bigint();

/** A value in the graph's spelling, with its number there, once per entity that has the type. */
export const normalised = defineQuery({
  name: 'identity.normalised',
  sql: `
    select
        entity,
        identifier_type,
        identifier_value,
        node,
        block_reason
    from sluice_identity.identity_normalised(identifier_type = {type:String}, written = {value:String})
  `,
  params: z.object({ type: text, value: text }),
  row: z.object({ entity: text, identifier_type: text, identifier_value: text, node, block_reason: text }),
});

/** Of these identifiers, those that were ever seen, with what is known of each. */
export const seenIdentifiers = defineQuery({
  name: 'identity.seen_identifiers',
  sql: `
    select
        node,
        entity,
        identifier_type,
        identifier_value,
        block_reason,
        sources,
        first_source,
        first_seen_at,
        last_seen_at,
        seen_count
    from sluice_identity.identity_identifiers
    where node in {nodes:Array(UInt64)}
  `,
  params: z.object({ nodes: z.array(z.bigint()) }),
  row: z.object({
    node,
    entity: text,
    identifier_type: text,
    identifier_value: text,
    block_reason: text,
    sources: z.array(text),
    first_source: text,
    first_seen_at: time,
    last_seen_at: time,
    seen_count: z.coerce.number(),
  }),
});
export type SeenIdentifier = z.output<typeof seenIdentifiers.row>;

/** The profiles of these identifiers; identifiers without a profile are left out. */
export const ownersOf = defineQuery({
  name: 'identity.owners',
  sql: `
    select
        node,
        profile_id,
        canonical_id
    from sluice_identity.identity_map
    where node in {nodes:Array(UInt64)}
  `,
  params: z.object({ nodes: z.array(z.bigint()) }),
  row: z.object({ node, profile_id: z.string(), canonical_id: node }),
});

/** Those of these identifiers that have been seen and are in no profile, with the reason. */
export const unlinkedIdentifiers = defineQuery({
  name: 'identity.unlinked',
  sql: `
    select
        node,
        reason
    from sluice_identity.identity_unlinked
    where node in {nodes:Array(UInt64)}
      and not is_owned
  `,
  params: z.object({ nodes: z.array(z.bigint()) }),
  row: z.object({ node, reason: text }),
});

/** The number that a profile id stands for, whether or not a profile has it. */
export const canonicalIdOf = defineQuery({
  name: 'identity.canonical_id',
  sql: 'select canonical_id from sluice_identity.identity_canonical(profile_id = {profile_id:UUID})',
  params: z.object({ profile_id: z.uuid() }),
  row: z.object({ canonical_id: node }),
});

/** The identifiers of one profile, at most `limit` of them. */
export const membersOf = defineQuery({
  name: 'identity.members',
  sql: `
    select
        node,
        entity,
        profile_id
    from sluice_identity.identity_map
    where canonical_id = {canonical_id:UInt64}
    limit {limit:UInt32}
  `,
  params: z.object({ canonical_id: z.bigint(), limit: z.number() }),
  row: z.object({ node, entity: text, profile_id: text }),
});

export const aliasOf = defineQuery({
  name: 'identity.alias',
  sql: `
    select
        profile_id,
        changed_at
    from sluice.profile_aliases
    where former_profile_id = {profile_id:UUID}
  `,
  params: z.object({ profile_id: z.uuid() }),
  row: z.object({ profile_id: text, changed_at: text }),
});

/** When a profile began, and when its oldest identifier was seen. A row of the log counts once its version is committed. */
export const profileOrigin = defineQuery({
  name: 'identity.profile_origin',
  sql: `
    select
        min(first_seen_at) as first_seen_at,
        min(created_at) as created_at
    from sluice_identity.identity_graph__profiles
    where canonical_id = {canonical_id:UInt64}
      and version <= (select max(version) from sluice_identity.identity_graph where node = 0)
    having count() > 0
  `,
  params: z.object({ canonical_id: z.bigint() }),
  row: z.object({ first_seen_at: time, created_at: text }),
});
