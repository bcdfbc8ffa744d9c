/** What the room answers over HTTP, and its functions return: the same as the commands' `--json`. Personal data: for whoever asked, never for a log. */
import { z } from '@hono/zod-openapi';
import { AnyJson, JsonObject } from '../documents/any-json.ts';

const list = <S extends z.ZodType>(schema: S) => z.array(schema).readonly();
/** ISO 8601, UTC. */
const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const identifier = z.string().openapi({ example: 'email:ada@example.com', description: 'type:value, as the graph writes it.' });

export const ExplainedDecision = z
  .object({
    decision_id: z.string(),
    kind: z.string().openapi({ example: 'never_link' }),
    a: identifier,
    b: identifier.nullable(),
    reason: z.string(),
    decided_by: z.string(),
    decided_at: at.nullable(),
  })
  .readonly()
  .openapi('ObeyedDecision');
export type ExplainedDecision = z.output<typeof ExplainedDecision>;

export const Explanation = z
  .object({
    entity: z.string().openapi({ example: 'person' }),
    profile_id: z.string().nullable().openapi({ description: 'Null for an identifier that belongs to no profile.' }),
    nobody_because: z.string().nullable().openapi({ description: 'Why the identifier belongs to no profile.' }),
    alias: z
      .object({ former_profile_id: z.string(), changed_at: at })
      .nullable()
      .openapi({ description: 'The id that was asked for, when the present one has taken it over.' }),
    created_at: at.nullable().openapi({ description: 'When a build made the profile.' }),
    first_seen_at: at.nullable(),
    identifiers: list(
      z.object({
        identifier_type: z.string().openapi({ example: 'email' }),
        identifier_value: z.string(),
        sources: list(z.string()),
        first_source: z.string(),
        first_seen_at: at.nullable(),
        last_seen_at: at.nullable(),
        seen_count: z.number(),
        is_primary: z.boolean().openapi({ description: 'Whether it is the one to use among those of its type.' }),
        is_blocked: z.boolean(),
        block_reason: z.string(),
      }),
    ),
    is_complete: z.boolean().openapi({ description: 'False when there are more identifiers than are shown.' }),
    violations: list(
      z.object({
        kind: z.string().openapi({ example: 'limit' }),
        reason: z.string(),
        a: identifier,
        b: identifier.nullable(),
        observed: z.number(),
        allowed: z.number(),
        detected_at: at,
      }),
    ),
    decisions: list(ExplainedDecision),
  })
  .readonly()
  .openapi('IdentityExplanation');
/** One profile and its identifiers, or why an identifier has no profile. */
export type Explanation = z.output<typeof Explanation>;
export type ExplainedIdentifier = Explanation['identifiers'][number];
export type ExplainedViolation = Explanation['violations'][number];

const Evidence = z
  .object({
    rule: z.string().openapi({
      example: 'declared',
      description:
        'declared: one row showed both. sighting: seen together, again and again. manual: a person decided. probabilistic: alike enough.',
    }),
    sources: list(z.string()),
    observed_in: list(z.string()).openapi({ description: 'Staging models whose rows they are.' }),
    first_seen_at: at.nullable(),
    last_seen_at: at.nullable(),
    seen_count: z.number(),
    score: z.number().nullable().openapi({ description: 'Probability of a match; null for evidence that has none.' }),
  })
  .readonly()
  .openapi('IdentityEvidence');
export type StepEvidence = z.output<typeof Evidence>;

export const PathAnswer = z
  .object({
    a: identifier,
    b: identifier,
    is_one: z.boolean(),
    profile_id: z.string().nullable(),
    chain: list(
      z.object({
        from: identifier,
        to: identifier,
        evidence: list(Evidence),
        decision: ExplainedDecision.nullable().openapi({ description: 'The manual force link.' }),
        why_not: z.string().nullable().openapi({ description: 'Why the link does not count; null when it does.' }),
      }),
    )
      .nullable()
      .openapi({ description: 'From a to b; null when no chain was found. Where they are not one, some of its links do not count.' }),
    reasons: list(z.string()).openapi({ description: 'Why they are not one, the decisive one first.' }),
  })
  .readonly()
  .openapi('IdentityPath');
/** Why two identifiers are one person, or why they are not. */
export type PathAnswer = z.output<typeof PathAnswer>;
export type PathStep = NonNullable<PathAnswer['chain']>[number];

export const History = z
  .object({
    entity: z.string(),
    profile_id: z.string(),
    former_profile_ids: list(z.string()),
    entries: list(
      z.object({
        at: at.nullable().openapi({ description: 'Null for a decision without a recorded time.' }),
        kind: z.string().openapi({ example: 'merge', description: 'create, merge, split, attach, detach or manual.' }),
        from_profile_id: z.string().nullable(),
        into_profile_id: z.string().nullable(),
        identifiers: list(identifier).openapi({ description: 'What it is about; of a merge, the pair that joined the two.' }),
        detail: z.string(),
        evidence: list(Evidence).openapi({ description: 'What speaks for the pair today.' }),
        decision: ExplainedDecision.nullable(),
      }),
    ),
    is_complete: z.boolean().openapi({ description: 'False when older entries were left out.' }),
  })
  .readonly()
  .openapi('IdentityHistory');
export type History = z.output<typeof History>;
export type HistoryEntry = History['entries'][number];

export const Report = z
  .object({
    last_solve: z
      .object({
        changed_at: at,
        mode: z.string().openapi({ example: 'incremental' }),
        rounds: z.number(),
        touched_identifiers: z.number(),
        changed_identifiers: z.number(),
        seconds: z.number(),
      })
      .nullable(),
    identifiers: list(
      z.object({
        entity: z.string(),
        identifier_type: z.string(),
        total: z.number(),
        usable: z.number(),
        blocked: z.record(z.string(), z.number()).readonly(),
      }),
    ),
    sizes: list(
      z.object({
        entity: z.string(),
        at_least: z.number().openapi({ description: 'Identifiers, up to the next step.' }),
        profiles: z.number(),
        identifiers: z.number(),
        largest: z.number(),
      }),
    ),
    since: at.nullable(),
    changes: list(z.object({ entity: z.string(), kind: z.string(), changes: z.number() })),
    newest_changes: list(
      z.object({
        kind: z.string(),
        entity: z.string(),
        from_profile_id: z.string().nullable(),
        into_profile_id: z.string().nullable(),
        rule: z.string(),
        detail: z.string(),
        changed_at: at,
      }),
    ),
    violations: list(
      z.object({
        entity: z.string(),
        kind: z.string(),
        identifier_type: z.string(),
        other_type: z.string(),
        violations: z.number(),
        newest_at: at,
      }),
    ),
    quarantined: z.number(),
    suspected_values: list(
      z.object({
        identifier,
        entity: z.string(),
        other_type: z.string(),
        neighbours: z.number(),
        usual: z.number().openapi({ description: 'What 99 in 100 have at most.' }),
        suggestion: z.string().openapi({ example: 'sluice identity never-use phone:+12125550100' }),
      }),
    ),
    suspected_placeholders: list(z.object({ identifier, entity: z.string(), seen: z.number(), suggestion: z.string() })).openapi({
      description: 'Values that no rule blocks and that look like unfilled form fields; `seen`: rows of all sources that showed them.',
    }),
    suspected_profiles: list(z.object({ entity: z.string(), profile_id: z.string(), because: z.string(), suggestion: z.string() })),
    unexplained_changes: z.number().nullable().openapi({ description: 'Must be 0; null when it cannot be told.' }),
    untraceable_because: z.string().nullable(),
  })
  .readonly()
  .openapi('IdentityReport');
/** How the graph is doing. The suspects name values of customers. */
export type Report = z.output<typeof Report>;
export type TypeCount = Report['identifiers'][number];
export type SizeCount = Report['sizes'][number];
export type SuspectedValue = Report['suspected_values'][number];
export type SuspectedPlaceholder = Report['suspected_placeholders'][number];
export type SuspectedProfile = Report['suspected_profiles'][number];

/** A decision that was made. Identifiers are personal data: for whoever asked, never for a log. */
export const Decision = z
  .object({
    decision_id: z.string(),
    kind: z.string().openapi({ example: 'never_link' }),
    entity: z.string().openapi({ example: 'person' }),
    a: identifier.nullable().openapi({ description: 'As it was given. Null where a rejected line of the seed gives none.' }),
    b: identifier.nullable().openapi({ description: 'Null for never_use and erase.' }),
    reason: z.string(),
    decided_by: z.string(),
    decided_at: z.string().nullable().openapi({ description: 'Null for a line of the seed that does not say it.' }),
    revoked: z
      .object({ by: z.string(), at: z.string(), reason: z.string() })
      .readonly()
      .nullable()
      .openapi({ description: 'Null while it is in force.' }),
    recorded_in: z.enum(['log', 'seed']).openapi({ description: 'What stands in the seed of the project is changed there.' }),
    problem: z.string().nullable().openapi({ description: 'Why the last build could not apply it.' }),
  })
  .readonly()
  .openapi('IdentityDecision');
export type Decision = z.output<typeof Decision>;

const ProfileColumn = z.object({
  name: z.string(),
  label: z.string(),
  table: z.string(),
  value: AnyJson.openapi({ description: 'Masked where it is personal, unless `unmask` is set.' }),
  is_trait: z.boolean().openapi({ description: 'Whether segments can ask for it.' }),
  is_personal: z.boolean().openapi({ description: 'Declared so, or an undeclared text.' }),
});
export type ProfileColumn = z.output<typeof ProfileColumn>;

export const ProfileView = z
  .object({
    entity: z.string().openapi({ example: 'person' }),
    id: z.string(),
    columns: z.array(ProfileColumn),
    consent: z
      .array(z.object({ name: z.string().openapi({ example: 'consent_email' }), value: AnyJson }))
      .openapi({ description: 'From the columns `consent_…`; empty where there are none.' }),
  })
  .openapi('Profile');
export type ProfileView = z.output<typeof ProfileView>;

export const TimelineEvent = z
  .object({
    at,
    event: z.string().openapi({ description: 'Its name; empty for a call that has none, such as identify.' }),
    stream: z.string().openapi({ description: 'Model that it stands in.' }),
    properties: JsonObject.openapi({ description: 'Values are masked unless `unmask` is set.' }),
  })
  .openapi('TimelineEvent');
export type TimelineEvent = z.output<typeof TimelineEvent>;
