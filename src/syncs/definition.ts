/** The schemas of sync and destination documents, defined only here. No I/O. */
import * as z from 'zod';
import { Comparison } from '../connector-kit/field-kind.ts';
import { Schedule } from '../documents/schedule.ts';
import { Slug } from '../documents/slug.ts';

/** A dot, quotes and backslashes would need escaping in one destination or another; nested fields come with the connectors that have them. */
const FieldName = z.string().regex(/^[^.`'"\\\p{Cc}]{1,128}$/u, 'at most 128 characters, without dots, quotes and backslashes');
const ColumnName = z.string().min(1);
const Mapping = z.record(FieldName, ColumnName);

const columnsOfConsent = 'a column, or a list of columns that must all be true';
const Consent = z.strictObject({
  column: z.union([ColumnName, z.array(ColumnName).min(1, columnsOfConsent)], { error: columnsOfConsent }).meta({
    description: 'A column of true and false, or several that must all be true.',
  }),
});

export const SyncSource = z.union(
  [z.strictObject({ segment: Slug }), z.strictObject({ table: z.string().regex(/^[a-z][a-z0-9_]*$/, 'the name of a published table') })],
  { error: 'either { segment: <id> } or { table: <published table> }' },
);
export type SyncSource = z.output<typeof SyncSource>;

export const SyncDefinition = z
  .strictObject({
    id: Slug,
    title: z.string().min(1),
    source: SyncSource.meta({ description: 'Members of a published segment, with the columns of their entity; or a published table.' }),
    destination: Slug.meta({ description: 'Id of a destination document.' }),
    object: z.string().min(1).meta({ description: 'Object of the destination’s connector: contact, row, …' }),
    options: z.record(z.string(), z.json()).default({}).meta({ description: 'Settings of the object: a table, a list, a format.' }),
    mode: z.enum(['upsert', 'mirror', 'audience']).meta({
      description: 'upsert: create and update. mirror: also remove what left the source, as on_leave says. audience: membership of a list.',
    }),
    key: Mapping.refine((key) => Object.keys(key).length > 0, 'needs at least one field').meta({
      description: 'Destination field: source column. Unique on both sides.',
    }),
    fields: Mapping.default({}).meta({ description: 'Destination field: source column. Only these make a row "changed".' }),
    compare: z.record(FieldName, Comparison).optional().meta({
      description:
        'Key field: how the destination compares keys: exact, email, phone, case_insensitive. Default: as the connector declares.',
    }),
    consent: Consent.optional().meta({
      description: 'Rows are sent only where this is true: false and unknown keep a row back, and remove what was sent of it.',
    }),
    on_leave: z
      .enum(['delete', 'clear_fields', 'nothing'])
      .optional()
      .meta({ description: 'Mode mirror: what happens to a row that left. Default delete.' }),
    guard: z
      .strictObject({
        max_removed_share: z
          .number()
          .min(0, 'a share from 0 to 1')
          .max(1, 'a share from 0 to 1: 0.3 is 30 %')
          .default(0.3)
          .meta({ description: 'A run that would remove a larger share of the rows at the destination sends nothing.' }),
        allow_empty: z.boolean().default(false).meta({ description: 'An empty source may remove everything.' }),
      })
      .prefault({}),
    schedule: Schedule.optional(),
  })
  .superRefine((sync, context) => {
    if (sync.on_leave !== undefined && sync.mode !== 'mirror') {
      context.addIssue({ code: 'custom', path: ['on_leave'], message: `belongs to mode mirror, not ${sync.mode}` });
    }
    for (const field of Object.keys(sync.compare ?? {})) {
      if (!Object.hasOwn(sync.key, field)) context.addIssue({ code: 'custom', path: ['compare', field], message: 'is not a key field' });
    }
    for (const field of Object.keys(sync.fields)) {
      if (Object.hasOwn(sync.key, field)) context.addIssue({ code: 'custom', path: ['fields', field], message: 'is a key field already' });
    }
  });
export type SyncDefinition = z.output<typeof SyncDefinition>;

/** `config` is checked by the connector's own schema once its references are resolved. */
export const DestinationDefinition = z.strictObject({
  id: Slug,
  title: z.string().min(1),
  connector: z.string().min(1),
  config: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: 'Settings of the connector; secrets as env:NAME or secret:NAME.' }),
});
export type DestinationDefinition = z.output<typeof DestinationDefinition>;

/** Columns that must be true for a row to be sent; none where the sync asks for no consent. */
export const consentColumns = ({ consent }: Pick<SyncDefinition, 'consent'>): readonly string[] => [
  ...new Set([consent?.column ?? []].flat()),
];

/** What happens to a row that left the source. */
export type OnLeave = 'delete' | 'remove' | 'clear_fields' | 'nothing';

export function onLeave(sync: Pick<SyncDefinition, 'mode' | 'on_leave'>): OnLeave {
  switch (sync.mode) {
    case 'upsert':
      return 'nothing';
    case 'audience':
      return 'remove';
    case 'mirror':
      return sync.on_leave ?? 'delete';
  }
}
