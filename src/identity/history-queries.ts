/** What happened to a profile, and to those it took over. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();

export const formerIds = defineQuery({
  name: 'identity.former_ids',
  sql: `
    select former_profile_id
    from sluice.profile_aliases
    where profile_id = {profile_id:UUID}
  `,
  params: z.object({ profile_id: z.uuid() }),
  row: z.object({ former_profile_id: text }),
});

/** The newest `limit` changes to any of these profiles. */
export const changesOf = defineQuery({
  name: 'identity.changes_of',
  sql: `
    select
        change_id,
        kind,
        from_profile_id,
        into_profile_id,
        rule,
        node_a,
        node_b,
        evidence as detail,
        changed_at
    from sluice.profile_changes
    where from_profile_id in {profile_ids:Array(UUID)}
       or into_profile_id in {profile_ids:Array(UUID)}
    order by changed_at desc, kind desc, change_id
    limit {limit:UInt32}
  `,
  params: z.object({ profile_ids: z.array(z.uuid()), limit: z.number() }),
  row: z.object({
    change_id: text,
    kind: text,
    from_profile_id: text.nullable(),
    into_profile_id: text.nullable(),
    rule: text,
    node_a: z.coerce.bigint(),
    node_b: z.coerce.bigint(),
    detail: text,
    changed_at: text,
  }),
});
export type ChangeRow = z.output<typeof changesOf.row>;
