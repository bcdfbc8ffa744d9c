/** Why two identifiers are one profile: the shortest chain of evidence between them. Or why they are not. */
import { onDay } from './decision.ts';
import { errors } from './errors.ts';
import { presentDecision, whyNoProfile } from './explain.ts';
import { type DecisionRow, decisionsOf } from './explain-queries.ts';
import { formatIdentifier, type MaskOption, writerOf } from './identifier.ts';
import { shortestChain } from './path-chain.ts';
import { type EvidencePair, type JudgedEvidence, judge } from './path-judge.ts';
import { type Evidence, evidenceAmong, evidenceAround, guardsAround, typeRules } from './path-queries.ts';
import { describeWhyNot, type Names } from './path-reasons.ts';
import { hubsAmong, MAX_LINKS, searchBetween } from './path-search.ts';
import type { PathAnswer, PathStep, StepEvidence } from './schema.ts';
import { type AskOptions, type ExplainDeps, type LocatedIdentifier, locate, readProfile } from './subject.ts';
import { ownersOf, seenIdentifiers } from './subject-queries.ts';

const MAX_EVIDENCE = 200_000;

/**
 * @param a `type:value` in any spelling; so is b.
 * @throws CdpError `identity.too_large_to_explain`, and the errors of reading an identifier.
 */
export async function findPath(deps: ExplainDeps, a: string, b: string, { entity, ...shown }: AskOptions = {}): Promise<PathAnswer> {
  const [from, to] = (await Promise.all([a, b].map((one) => locateShown(deps, one, entity, shown)))) as [
    LocatedIdentifier,
    LocatedIdentifier,
  ];
  if (from.entity !== to.entity) {
    const reasons = [`${from.identifier} names a kind of thing (${from.entity}) that ${to.identifier} does not (${to.entity}).`];
    return { a: from.identifier, b: to.identifier, is_one: false, profile_id: null, chain: null, reasons };
  }
  const isOne = from.node === to.node || (from.profileId !== null && from.profileId === to.profileId);
  return isOne ? within(deps, from, to, shown) : between(deps, from, to, shown);
}

/** Its name is only told from here on: what is asked by is its node. */
async function locateShown(deps: ExplainDeps, text: string, entity: string | undefined, shown: MaskOption): Promise<LocatedIdentifier> {
  const located = await locate(deps, text, entity);
  return { ...located, identifier: writerOf(shown)(located.identifier) };
}

/** Both are in one profile: the chain leads through its own identifiers, by evidence that counts. */
async function within(deps: ExplainDeps, from: LocatedIdentifier, to: LocatedIdentifier, shown: MaskOption): Promise<PathAnswer> {
  const profile = from.profileId === null ? undefined : await readProfile(deps, from.profileId);
  const nodes = profile?.nodes ?? [from.node];
  if (profile?.isComplete === false) throw tooLarge('identifiers');
  const evidence = await evidenceOn(deps, nodes);
  if (evidence.length >= MAX_EVIDENCE) throw tooLarge('links');
  const grounds = await groundsOf(deps, evidence, nodes, new Map(nodes.map((node) => [node, from.profileId ?? ''])), shown);
  const own = new Set(nodes);
  const counting = judge(grounds).filter(({ a, b, whyNot }) => whyNot === null && own.has(a) && own.has(b));
  const chain = shortestChain(counting, from.node, to.node);
  return {
    a: from.identifier,
    b: to.identifier,
    is_one: true,
    profile_id: from.profileId,
    chain: chain === undefined ? null : await present(deps, from.node, chain, grounds, shown),
    reasons: chain === undefined ? ['They are one profile of an earlier build: the evidence that joined them no longer holds.'] : [],
  };
}

/** They are in different profiles: the chain, if there is one, uses evidence that does not count, and the reasons say why. */
async function between(deps: ExplainDeps, from: LocatedIdentifier, to: LocatedIdentifier, shown: MaskOption): Promise<PathAnswer> {
  const { reader } = deps.warehouse;
  const { nodes, isExhaustive } = await searchBetween(reader, from.node, to.node);
  const sought = nodes ?? [from.node, to.node];
  const owners = await ownersAround(deps, sought);
  const grounds = await groundsOf(deps, await evidenceOn(deps, sought), [...new Set([...sought, ...owners.keys()])], owners, shown);
  const links = nodes === null ? undefined : pairsAlong(nodes, judge(grounds));
  const chain = links === undefined ? null : await present(deps, from.node, links, grounds, shown);
  const decisive = [
    ...neverLinks(grounds.decisions, owners, from.node, to.node),
    ...[from, to].flatMap((end) =>
      end.profileId === null ? [`${end.identifier}: ${whyNoProfile(end, about(grounds.decisions, end.node))}`] : [],
    ),
    ...(chain ?? []).flatMap(({ why_not }) => (why_not === null ? [] : [why_not])),
  ];
  const unconnected = isExhaustive
    ? 'Nothing connects them: there is no chain of rows from one to the other.'
    : `No chain of at most ${MAX_LINKS} links was found from one to the other.`;
  return {
    a: from.identifier,
    b: to.identifier,
    is_one: false,
    profile_id: null,
    chain,
    reasons: [...new Set(decisive.length > 0 ? decisive : [unconnected])],
  };
}

/** All identifiers that share a profile with one of these, with the profile. */
async function ownersAround(deps: ExplainDeps, nodes: readonly bigint[]): Promise<Map<bigint, string>> {
  const owned = await deps.warehouse.reader.ask(ownersOf, { nodes: [...nodes] });
  const profiles = await Promise.all([...new Set(owned.map(({ profile_id }) => profile_id))].map((id) => readProfile(deps, id)));
  return new Map(profiles.flatMap((profile) => (profile?.nodes ?? []).map((node) => [node, profile?.profileId ?? ''] as const)));
}

/** The links among these identifiers, and what else there is about those that are no hubs: sightings are judged by all of it. */
async function evidenceOn({ warehouse: { reader } }: ExplainDeps, nodes: readonly bigint[]): Promise<Evidence[]> {
  const hubs = hubsAmong(await reader.ask(guardsAround, { nodes: [...nodes] }));
  const [links, around] = await Promise.all([
    reader.ask(evidenceAmong, { nodes: [...nodes], limit: MAX_EVIDENCE }),
    reader.ask(evidenceAround, { nodes: nodes.filter((node) => !hubs.has(node)), limit: MAX_EVIDENCE }),
  ]);
  return [...new Map([...links, ...around].map((row) => [`${row.a} ${row.b} ${row.rule}`, row])).values()];
}

async function groundsOf(
  { warehouse: { reader } }: ExplainDeps,
  evidence: readonly Evidence[],
  nodes: readonly bigint[],
  owners: ReadonlyMap<bigint, string>,
  shown: MaskOption,
): Promise<JudgedEvidence> {
  const about = { nodes: [...nodes] };
  const [rules, guards, decisions] = await Promise.all([
    reader.ask(typeRules, {}),
    reader.ask(guardsAround, about),
    reader.ask(decisionsOf, about),
  ]);
  const write = writerOf(shown);
  const told = decisions.map((one) => ({ ...one, a: write(one.a), b: one.b === null ? null : write(one.b) }));
  return { evidence, rules, guards, decisions: told, owners };
}

function pairsAlong(nodes: readonly bigint[], pairs: readonly EvidencePair[]): EvidencePair[] {
  return nodes.slice(1).flatMap((node, index) => pairs.filter(({ a, b }) => new Set([a, b, node, nodes[index]]).size === 2));
}

function* neverLinks(decisions: readonly DecisionRow[], owners: ReadonlyMap<bigint, string>, from: bigint, to: bigint): Generator<string> {
  const sides = [owners.get(from) ?? from, owners.get(to) ?? to];
  for (const { kind, node_a, node_b, a, b, reason, decided_by, decided_at } of decisions) {
    const named = [owners.get(node_a) ?? node_a, owners.get(node_b) ?? node_b];
    if (kind !== 'never_link' || !sides.every((side) => named.includes(side))) continue;
    yield `${decided_by} decided${onDay(decided_at)} that ${a} and ${b} are never one: ${reason}.`;
  }
}

const about = (decisions: readonly DecisionRow[], node: bigint) =>
  decisions.filter(({ node_a, node_b }) => node_a === node || node_b === node);

async function present(
  deps: ExplainDeps,
  from: bigint,
  chain: readonly EvidencePair[],
  grounds: JudgedEvidence,
  shown: MaskOption,
): Promise<PathStep[]> {
  const write = writerOf(shown);
  const named = new Set(
    chain.flatMap(({ a, b, whyNot }) => [a, b, ...(whyNot?.is === 'guard' ? [whyNot.guard.node_a, whyNot.guard.node_b] : [])]),
  );
  const seen = await deps.warehouse.reader.ask(seenIdentifiers, { nodes: [...named] });
  const names: Names = new Map(
    seen.map((one) => [one.node, write(formatIdentifier({ type: one.identifier_type, value: one.identifier_value }))]),
  );
  let at = from;
  return chain.map(({ a, b, evidence, whyNot }) => {
    const next = a === at ? b : a;
    const decision = grounds.decisions.find((one) => one.kind === 'force_link' && one.node_a === a && one.node_b === b);
    const step = {
      from: names.get(at) ?? '?',
      to: names.get(next) ?? '?',
      evidence: evidence.map(presentEvidence),
      // Its identifiers are written as the answer writes them already.
      decision: decision ? presentDecision(decision, {}) : null,
      why_not: whyNot && describeWhyNot(whyNot, names, grounds.rules),
    };
    at = next;
    return step;
  });
}

export function presentEvidence({ rule, sources, observed_in, first_seen_at, last_seen_at, seen_count, score }: Evidence): StepEvidence {
  return { rule, sources, observed_in, first_seen_at, last_seen_at, seen_count, score: score > 0 ? score : null };
}

const tooLarge = (what: string) => errors.too_large_to_explain(`The profile has more ${what} than can be searched for a chain`);
