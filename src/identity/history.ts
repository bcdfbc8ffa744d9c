/** The history of a profile: what it took over, lost and gained, the decisions about it, and the cause of each change. */
import { errors } from './errors.ts';
import { presentDecision } from './explain.ts';
import { type DecisionRow, decisionsOf } from './explain-queries.ts';
import { type ChangeRow, changesOf, formerIds } from './history-queries.ts';
import { formatIdentifier, type MaskOption, writerOf } from './identifier.ts';
import { presentEvidence } from './path.ts';
import { type Evidence, evidenceAround } from './path-queries.ts';
import type { History, HistoryEntry } from './schema.ts';
import { type AskOptions, type ExplainDeps, findSubject } from './subject.ts';
import { seenIdentifiers } from './subject-queries.ts';

const MAX_ENTRIES = 500;
const MAX_EVIDENCE = 10_000;

/**
 * @param asked the id of a profile or account, a former id, or `type:value` in any spelling.
 * @throws CdpError `identity.unknown_subject`, and the errors of reading an identifier.
 */
export async function readHistory(deps: ExplainDeps, asked: string, { entity, ...told }: AskOptions = {}): Promise<History> {
  const { reader } = deps.warehouse;
  const { profile } = await findSubject(deps, asked, entity);
  if (profile === null) throw errors.unknown_subject('The identifier is in no profile, so nothing happened to one');
  const former = (await reader.ask(formerIds, { profile_id: profile.profileId })).map((row) => row.former_profile_id);
  const [changes, decisions] = await Promise.all([
    reader.ask(changesOf, { profile_ids: [profile.profileId, ...former], limit: MAX_ENTRIES + 1 }),
    reader.ask(decisionsOf, { nodes: [...profile.nodes] }),
  ]);
  const shown = changes.slice(0, MAX_ENTRIES);
  const [names, evidence] = await Promise.all([namesIn(deps, shown, told), evidenceOf(deps, shown)]);
  const entries = [
    ...shown.map((change) => presentChange(change, names, evidence)),
    ...decisions.map((decision) => presentManual(decision, told)),
  ];
  return {
    entity: profile.entity,
    profile_id: profile.profileId,
    former_profile_ids: former,
    entries: entries.sort((one, other) => (one.at ?? '').localeCompare(other.at ?? '') || place(one) - place(other)),
    is_complete: changes.length <= MAX_ENTRIES,
  };
}

/** Order within one build: a profile's creation comes before changes to it. */
const ORDER = ['manual', 'create', 'merge', 'split', 'detach', 'attach'];
const place = ({ kind }: HistoryEntry) => ORDER.indexOf(kind);

async function namesIn(
  { warehouse: { reader } }: ExplainDeps,
  changes: readonly ChangeRow[],
  told: MaskOption,
): Promise<Map<bigint, string>> {
  const write = writerOf(told);
  const nodes = [...new Set(changes.flatMap(({ node_a, node_b }) => [node_a, node_b]))].filter((node) => node !== 0n);
  const seen = nodes.length === 0 ? [] : await reader.ask(seenIdentifiers, { nodes });
  return new Map(seen.map((one) => [one.node, write(formatIdentifier({ type: one.identifier_type, value: one.identifier_value }))]));
}

/** The log names the pair that joined two profiles; the evidence for the pair is looked up. */
async function evidenceOf({ warehouse: { reader } }: ExplainDeps, changes: readonly ChangeRow[]): Promise<Evidence[]> {
  const nodes = [...new Set(changes.filter(({ node_b }) => node_b !== 0n).map(({ node_a }) => node_a))];
  return nodes.length === 0 ? [] : reader.ask(evidenceAround, { nodes, limit: MAX_EVIDENCE });
}

function presentChange(change: ChangeRow, names: ReadonlyMap<bigint, string>, evidence: readonly Evidence[]): HistoryEntry {
  const { changed_at, kind, from_profile_id, into_profile_id, node_a, node_b, detail } = change;
  return {
    at: changed_at,
    kind,
    from_profile_id,
    into_profile_id,
    // A merge from a full solve names an identifier of the absorbed profile, not a cause: it is left out.
    identifiers: kind === 'merge' && node_b === 0n ? [] : [node_a, node_b].flatMap((node) => names.get(node) ?? []),
    detail,
    evidence: evidence.filter(({ a, b }) => a === node_a && b === node_b).map(presentEvidence),
    decision: null,
  };
}

function presentManual(row: DecisionRow, told: MaskOption): HistoryEntry {
  const decision = presentDecision(row, told);
  const { decided_at: at, a, b } = decision;
  return {
    at,
    kind: 'manual',
    from_profile_id: null,
    into_profile_id: null,
    identifiers: b === null ? [a] : [a, b],
    detail: '',
    evidence: [],
    decision,
  };
}
