/** The state of the graph: how much it knows, what it kept apart, what happened to it, and what a person should look at. */
import { shellWord } from '../shell-word.ts';
import { errors } from './errors.ts';
import { formatIdentifier, type MaskOption, writerOf } from './identifier.ts';
import { type TypeRule, typeRules } from './path-queries.ts';
import {
  changeCounts,
  type IdentifierCount,
  identifierCounts,
  type LastSolve,
  lastSolve,
  newestChanges,
  profileSizes,
  unexplainedChanges,
  type ViolationCount,
  violationCounts,
} from './report-queries.ts';
import { findSuspects, type Suspects } from './report-suspects.ts';
import type { Report, SuspectedPlaceholder, SuspectedProfile, SuspectedValue, TypeCount } from './schema.ts';
import type { ExplainDeps } from './subject.ts';
import { type SeenIdentifier, seenIdentifiers } from './subject-queries.ts';

export interface ReportOptions extends MaskOption {
  /** Changes since then, ISO 8601; default: those of the last build that changed the graph. */
  readonly since?: string | undefined;
}

/** Length of each list; the numbers beside it give the total. */
const SHOWN = 20;
const BEFORE_EVERYTHING = '1970-01-01T00:00:00.000Z';

/** @throws CdpError `identity.not_a_time`; `warehouse.unknown_table` before the first build. */
export async function reportIdentity(
  { warehouse: { reader } }: ExplainDeps,
  { since: asked, ...shown }: ReportOptions = {},
): Promise<Report> {
  const [solve] = await reader.ask(lastSolve, {});
  const since = asked === undefined ? (solve?.changed_at ?? null) : readTime(asked);
  const from = since ?? BEFORE_EVERYTHING;
  // The heavy queries read the whole graph: they run one after the other, so that they do not share the memory of one.
  const counts = await reader.ask(identifierCounts, {});
  const sizes = await reader.ask(profileSizes, {});
  const suspects = await findSuspects(
    reader,
    SHOWN,
    counts.reduce((sum, { identifiers }) => sum + identifiers, 0),
  );
  const [changes, newest, violations, [unexplained], rules] = await Promise.all([
    reader.ask(changeCounts, { since: from }),
    reader.ask(newestChanges, { since: from, limit: SHOWN }),
    reader.ask(violationCounts, {}),
    reader.ask(unexplainedChanges, {}),
    reader.ask(typeRules, {}),
  ]);
  const nodes = suspects.values.map(({ node }) => node);
  const seen = nodes.length === 0 ? [] : await reader.ask(seenIdentifiers, { nodes });
  return {
    last_solve: solve ? presentSolve(solve) : null,
    identifiers: typeCounts(counts, violations),
    sizes,
    since,
    changes,
    newest_changes: newest,
    violations,
    quarantined: violations.filter(({ kind }) => kind === 'size' || kind === 'growth').reduce((sum, one) => sum + one.violations, 0),
    suspected_values: suspectedValues(suspects, seen, rules, shown),
    suspected_placeholders: suspectedPlaceholders(suspects, shown),
    suspected_profiles: suspectedProfiles(suspects),
    unexplained_changes: solve?.is_traceable ? (unexplained?.changes ?? 0) : null,
    untraceable_because: solve?.is_traceable ? null : whyUntraceable(solve?.has_previous ?? false),
  };
}

function presentSolve({ has_previous: _previous, is_traceable: _traceable, ...shown }: LastSolve): Report['last_solve'] {
  return shown;
}

function readTime(text: string): string {
  // JavaScript reads much more as a time, such as `0` or `1e3`.
  const at = new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN);
  if (Number.isNaN(at.getTime())) throw errors.not_a_time('The time since when changes are counted cannot be read');
  return at.toISOString();
}

function typeCounts(counts: readonly IdentifierCount[], violations: readonly ViolationCount[]): TypeCount[] {
  const types = new Map<string, { entity: string; identifier_type: string; total: number; blocked: Record<string, number> }>();
  for (const { entity, identifier_type, block_reason, identifiers } of counts) {
    const key = `${entity} ${identifier_type}`;
    const type = types.get(key) ?? { entity, identifier_type, total: 0, blocked: {} };
    type.total += identifiers;
    if (block_reason !== '') type.blocked[block_reason] = identifiers;
    types.set(key, type);
  }
  for (const { entity, kind, identifier_type, violations: capped } of violations) {
    const type = types.get(`${entity} ${identifier_type}`);
    if (kind === 'cap' && type) type.blocked.cap = (type.blocked.cap ?? 0) + capped;
  }
  return [...types.values()].map((type) => ({
    ...type,
    usable: type.total - Object.values(type.blocked).reduce((sum, blocked) => sum + blocked, 0),
  }));
}

function suspectedValues(
  { values }: Suspects,
  seen: readonly SeenIdentifier[],
  rules: readonly TypeRule[],
  shown: MaskOption,
): SuspectedValue[] {
  const names = new Map(seen.map((one) => [one.node, formatIdentifier({ type: one.identifier_type, value: one.identifier_value })]));
  const typeName = (number: number) => rules.find(({ type_number }) => type_number === number)?.identifier_type ?? String(number);
  return values.flatMap(({ entity, node, other_type_number, neighbours, usual }) => {
    const identifier = names.get(node);
    if (identifier === undefined) return [];
    return [{ ...neverUse(identifier, shown), entity, other_type: typeName(other_type_number), neighbours, usual }];
  });
}

function suspectedPlaceholders({ lookalikes }: Suspects, shown: MaskOption): SuspectedPlaceholder[] {
  return lookalikes.map(({ entity, identifier_type, identifier_value, seen }) => {
    const identifier = formatIdentifier({ type: identifier_type, value: identifier_value });
    return { ...neverUse(identifier, shown), entity, seen };
  });
}

/** A decision about a masked value would be about nobody: the command to suggest is then the one that shows it. */
const neverUse = (identifier: string, shown: MaskOption) => ({
  identifier: writerOf(shown)(identifier),
  suggestion: shown.isMasked ? 'sluice identity report' : `sluice identity never-use ${shellWord(identifier)}`,
});

function suspectedProfiles({ crowded, manyNamed }: Suspects): SuspectedProfile[] {
  const found = [
    ...crowded.map((one) => ({ ...one, because: `${one.found} values of ${one.identifier_type}; ${one.usual} is usual` })),
    ...manyNamed.map((one) => ({ ...one, entity: 'person', because: `${one.first_names} first names and ${one.last_names} last names` })),
  ];
  const reasons = new Map<string, { entity: string; reasons: string[] }>();
  for (const { entity, profile_id, because } of found) {
    const known = reasons.get(profile_id) ?? { entity, reasons: [] };
    known.reasons.push(because);
    reasons.set(profile_id, known);
  }
  return [...reasons].map(([profile_id, profile]) => ({
    entity: profile.entity,
    profile_id,
    because: profile.reasons.join(', '),
    suggestion: `sluice identity explain ${profile_id}`,
  }));
}

function whyUntraceable(hasPrevious: boolean): string {
  return hasPrevious
    ? 'The last build took all evidence anew, or other rules: what changed cannot be told from what it saw.'
    : 'The graph was built once: there is nothing to compare it with.';
}
