/** Which profile an id or identifier belongs to, by which identifiers, since when, and which guards and decisions concern it. */
import { masked } from '../documents/mask.ts';
import { onDay } from './decision.ts';
import { errors } from './errors.ts';
import { type DecisionRow, decisionsOf, primaryIdentifiers, type ViolationRow, violationsOf } from './explain-queries.ts';
import { formatIdentifier, type MaskOption, writerOf } from './identifier.ts';
import { type TypeRule, typeRules } from './path-queries.ts';
import type { ExplainedDecision, ExplainedIdentifier, ExplainedViolation, Explanation } from './schema.ts';
import { type AskOptions, type ExplainDeps, findSubject, type LocatedIdentifier, type Profile } from './subject.ts';
import { profileOrigin, type SeenIdentifier, seenIdentifiers } from './subject-queries.ts';

/**
 * @param asked the id of a profile or account, a former id, or `type:value` in any spelling.
 * @throws CdpError `identity.unknown_subject`, and the errors of reading an identifier.
 */
export async function explain(deps: ExplainDeps, asked: string, { entity, ...shown }: AskOptions = {}): Promise<Explanation> {
  const { profile, located, former } = await findSubject(deps, asked, entity);
  if (profile) return explainProfile(deps, profile, former, shown);
  if (located === null) throw errors.unknown_subject('No profile or account has this id');
  return explainWithoutProfile(deps, located, shown);
}

async function explainProfile(
  { warehouse: { reader } }: ExplainDeps,
  profile: Profile,
  former: { readonly profileId: string; readonly changedAt: string } | null,
  shown: MaskOption,
): Promise<Explanation> {
  const nodes = [...profile.nodes];
  const [origin, rules, seen, primaries, violations, decisions] = await Promise.all([
    reader.ask(profileOrigin, { canonical_id: profile.canonicalId }),
    reader.ask(typeRules, {}),
    reader.ask(seenIdentifiers, { nodes }),
    profile.entity === 'person' ? reader.ask(primaryIdentifiers, { profile_id: profile.profileId }) : [],
    reader.ask(violationsOf, { nodes }),
    reader.ask(decisionsOf, { nodes }),
  ]);
  const primary = new Set(primaries.map((one) => formatIdentifier({ type: one.identifier_type, value: one.identifier_value })));
  return {
    entity: profile.entity,
    profile_id: profile.profileId,
    nobody_because: null,
    alias: former && { former_profile_id: former.profileId, changed_at: former.changedAt },
    created_at: origin[0]?.created_at ?? null,
    first_seen_at: origin[0]?.first_seen_at ?? earliest(seen),
    identifiers: seen.sort(byStrength(rules)).map((one) => presentIdentifier(one, primary, violations, shown)),
    is_complete: profile.isComplete,
    violations: violations.map((one) => presentViolation(one, shown)),
    decisions: decisions.map((one) => presentDecision(one, shown)),
  };
}

async function explainWithoutProfile(
  { warehouse: { reader } }: ExplainDeps,
  located: LocatedIdentifier,
  shown: MaskOption,
): Promise<Explanation> {
  const nodes = [located.node];
  const [violations, decisions] = await Promise.all([reader.ask(violationsOf, { nodes }), reader.ask(decisionsOf, { nodes })]);
  return {
    entity: located.entity,
    profile_id: null,
    nobody_because: whyNoProfile(located, decisions),
    alias: null,
    created_at: null,
    first_seen_at: located.seen?.first_seen_at ?? null,
    identifiers: located.seen ? [presentIdentifier(located.seen, new Set(), violations, shown)] : [],
    is_complete: true,
    violations: violations.map((one) => presentViolation(one, shown)),
    decisions: decisions.map((one) => presentDecision(one, shown)),
  };
}

/** Why an identifier is in no profile, as a sentence. */
export function whyNoProfile(
  { seen, blockReason, unlinkedReason }: Pick<LocatedIdentifier, 'seen' | 'blockReason' | 'unlinkedReason'>,
  decisions: readonly DecisionRow[],
): string {
  const ruling = decisions.find(({ kind }) => kind === 'erase') ?? decisions.find(({ kind }) => kind === 'never_use');
  if (ruling) {
    const what = ruling.kind === 'erase' ? 'It was erased' : 'It must not be used';
    return `${what}: ${ruling.decided_by} decided so${onDay(ruling.decided_at)} (${ruling.reason}).`;
  }
  if (blockReason !== '') return `Its value identifies no person: ${blockReason.replaceAll('_', ' ')}.`;
  if (seen === null) return 'No built row has ever shown it.';
  if (unlinkedReason !== '') return `It was ${unlinkedReason}: what was seen of it belongs to the stronger one.`;
  return 'It has been seen, but the graph does not have it yet: run `sluice build`.';
}

export function presentDecision(decision: DecisionRow, shown: MaskOption): ExplainedDecision {
  const write = writerOf(shown);
  const { decision_id, kind, a, b, reason, decided_by, decided_at } = decision;
  return { decision_id, kind, a: write(a), b: b === null ? null : write(b), reason, decided_by, decided_at };
}

function presentIdentifier(
  seen: SeenIdentifier,
  primary: ReadonlySet<string>,
  violations: readonly ViolationRow[],
  shown: MaskOption,
): ExplainedIdentifier {
  const { node: _node, entity: _entity, ...told } = seen;
  const identifier = formatIdentifier({ type: seen.identifier_type, value: seen.identifier_value });
  const cap = violations.find(
    ({ kind, identifier_type: type, identifier_value: value }) => kind === 'cap' && formatIdentifier({ type, value }) === identifier,
  );
  const block_reason = seen.block_reason || (cap?.reason ?? '');
  const identifier_value = shown.isMasked ? String(masked(seen.identifier_value)) : seen.identifier_value;
  return { ...told, identifier_value, block_reason, is_primary: primary.has(identifier), is_blocked: block_reason !== '' };
}

function presentViolation({ kind, reason, observed, allowed, detected_at, ...named }: ViolationRow, shown: MaskOption): ExplainedViolation {
  const write = writerOf(shown);
  const a = write(formatIdentifier({ type: named.identifier_type, value: named.identifier_value }));
  const b = named.other_value === '' ? null : write(formatIdentifier({ type: named.other_type, value: named.other_value }));
  return { kind, reason, a, b, observed, allowed, detected_at };
}

const earliest = (seen: readonly SeenIdentifier[]) =>
  seen.reduce<string | null>((first, { first_seen_at: at }) => (at !== null && (first === null || at < first) ? at : first), null);

/** The strongest type first, and within a type the one that was seen last. */
function byStrength(rules: readonly TypeRule[]): (one: SeenIdentifier, other: SeenIdentifier) => number {
  const place = ({ entity, identifier_type }: SeenIdentifier) =>
    rules.find((rule) => rule.entity === entity && rule.identifier_type === identifier_type)?.type_number ?? rules.length + 1;
  return (one, other) =>
    place(one) - place(other) ||
    (other.last_seen_at ?? '').localeCompare(one.last_seen_at ?? '') ||
    (one.identifier_value < other.identifier_value ? -1 : 1);
}
