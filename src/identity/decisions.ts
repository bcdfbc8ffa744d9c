/** Manual decisions: make, list and revoke them. They take effect with the next build. */
import type * as z from 'zod';
import type { Databases } from '../sql/databases.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import type { Ruling } from './decision.ts';
import { errors } from './errors.ts';
import { entityOf, formatIdentifier, type KnownTypes, type MaskOption, writerOf } from './identifier.ts';
import { builtDecisionModels, decisionsAbout, loggedDecision, loggedDecisions, rejectedDecisions, seededDecisions } from './queries.ts';
import type { Decision } from './schema.ts';

export interface DecisionDeps {
  readonly warehouse: {
    readonly owner: Pick<WarehouseClient, 'ask' | 'insert'>;
    readonly reader: Pick<WarehouseClient, 'ask'>;
    readonly databases: Pick<Databases, 'identity'>;
  };
  /** From the present rules. */
  readonly types: () => Promise<KnownTypes>;
  readonly now: () => Date;
}

export interface DecisionRequest {
  readonly ruling: Ruling;
  /** Needed when the identifier types belong to several entities. */
  readonly entity?: string | undefined;
  readonly reason: string;
  readonly by: string;
}

export interface DecisionResult {
  readonly decision: Decision;
  /** False when the same decision was in force already: then nothing was written. */
  readonly is_new: boolean;
  /** Contradictions with decisions in force. Without values. */
  readonly warnings: readonly string[];
}

type Logged = z.output<typeof loggedDecision.row>;
const DECISION_LOG = 'sluice_raw.identity_decisions';

/**
 * Records the decision, or returns an equal one that is in force.
 * @throws CdpError `identity.unknown_type`, `identity.ambiguous_entity`, `identity.invalid_decision`.
 */
export async function decide(deps: DecisionDeps, request: DecisionRequest): Promise<DecisionResult> {
  const { row, same, warnings } = await draftDecision(deps, request);
  if (same) return { decision: present(same), is_new: false, warnings };
  await deps.warehouse.owner.insert(DECISION_LOG, [row], { columns: Object.keys(row) });
  const decision = present({ ...row, is_revoked: false, revoked_by: '', revoked_at: '', revoke_reason: '' });
  return { decision, is_new: true, warnings };
}

/** The row that `decide` would write, and an existing decision that makes it unnecessary. Throws as `decide` does. */
export async function draftDecision(deps: DecisionDeps, { ruling, reason, by, entity: asked }: DecisionRequest) {
  const { kind } = ruling;
  const [a, b] = ruling.identifiers;
  if (reason.trim() === '') throw errors.invalid_decision('The decision gives no reason');
  if (b !== undefined && a.type === b.type && a.value === b.value) throw errors.invalid_decision('Both identifiers are the same');
  const entity = entityOf(ruling.identifiers, await deps.types(), asked);
  const subject = { entity, type_a: a.type, value_a: a.value, type_b: b?.type ?? '', value_b: b?.value ?? '' };
  const about = await deps.warehouse.owner.ask(decisionsAbout, subject);
  const row = {
    decision_id: crypto.randomUUID(),
    kind,
    ...subject,
    reason: reason.trim(),
    decided_by: by,
    decided_at: deps.now().toISOString(),
    is_revoked: 0,
  };
  // An erasure is about what was seen until it was decided: a second one is a new decision.
  const same = kind === 'erase' ? undefined : about.find((other) => other.kind === kind);
  return { row, same, warnings: contradictions(kind, about) };
}

function contradictions(kind: Ruling['kind'], about: readonly Logged[]): string[] {
  const has = (other: Ruling['kind']) => about.some((decision) => decision.kind === other);
  if (kind === 'force_link' && has('never_link'))
    return ['A never-link between the two is in force, and wins: they stay apart until it is revoked.'];
  if (kind === 'never_link' && has('force_link'))
    return ['A force-link between the two is in force. The never-link wins: they are kept apart.'];
  return [];
}

/** Newest first: the log's decisions, then those of the seed as the last build read it. */
export async function listDecisions(
  deps: Pick<DecisionDeps, 'warehouse'>,
  options: MaskOption & { readonly isWithRevoked: boolean },
): Promise<Decision[]> {
  const { reader, databases } = deps.warehouse;
  const [logged, models] = await Promise.all([
    reader.ask(loggedDecisions, {}),
    reader.ask(builtDecisionModels, { database: databases.identity }),
  ]);
  const isBuilt = (model: string) => models.some(({ name }) => name === model);
  const seeded = isBuilt('identity_decisions') ? await reader.ask(seededDecisions, {}) : [];
  const rejected = isBuilt('identity_rejected_decisions') ? await reader.ask(rejectedDecisions, {}) : [];
  const problems = new Map(rejected.map(({ decision_id, problem }) => [decision_id, problem]));
  const fromSeed = { recorded_in: 'seed', revoked: null } as const;
  const write = writerOf(options);
  const decisions: Decision[] = [
    ...logged
      .filter(({ is_revoked }) => options.isWithRevoked || !is_revoked)
      .map((row) => ({ ...present(row), problem: row.is_revoked ? null : (problems.get(row.decision_id) ?? null) })),
    ...seeded.map((row) => ({ ...head(row), ...identifiersOf(row), ...fromSeed, problem: null })),
    ...rejected
      .filter(({ recorded_in }) => recorded_in === 'seed')
      .map((row) => ({ ...head(row), a: null, b: null, ...fromSeed, problem: row.problem })),
  ];
  return decisions.map((one) => ({ ...one, a: one.a === null ? null : write(one.a), b: one.b === null ? null : write(one.b) }));
}

/**
 * Revokes a decision and all others with the same content. Revoking twice changes nothing.
 * @throws CdpError `identity.no_such_decision`, `identity.seeded_decision`, `identity.invalid_decision`.
 */
export async function revokeDecision(
  deps: DecisionDeps,
  id: string,
  { reason, by }: { readonly reason: string; readonly by: string },
): Promise<Decision> {
  if (reason.trim() === '') throw errors.invalid_decision('The revocation gives no reason');
  const { decision, rows } = await draftRevocation(deps, id, { reason: reason.trim(), by });
  if (decision.is_revoked) return present(decision);
  await deps.warehouse.owner.insert(DECISION_LOG, rows, { columns: Object.keys(rows[0] ?? {}) });
  return present({
    ...decision,
    is_revoked: true,
    revoked_by: by,
    revoked_at: rows[0]?.decided_at ?? '',
    revoke_reason: reason.trim(),
  });
}

/** The rows that `revokeDecision` would write. Throws as it does. */
export async function draftRevocation(deps: DecisionDeps, id: string, { reason, by }: { readonly reason: string; readonly by: string }) {
  const decision = await findDecision(deps, id);
  const { entity, type_a, value_a, type_b, value_b, kind } = decision;
  const about = await deps.warehouse.owner.ask(decisionsAbout, { entity, type_a, value_a, type_b, value_b });
  const decided_at = deps.now().toISOString();
  // Two calls at the same moment may have written the same decision twice, so all rows with its content are revoked.
  const rows = about
    .filter((other) => other.kind === kind)
    .map((one) => ({
      decision_id: one.decision_id,
      kind,
      entity,
      type_a: one.type_a,
      value_a: one.value_a,
      type_b: one.type_b,
      value_b: one.value_b,
      reason,
      decided_by: by,
      decided_at,
      is_revoked: 1,
    }));
  return { decision, rows };
}

async function findDecision(deps: Pick<DecisionDeps, 'warehouse'>, id: string): Promise<Logged> {
  const isId = loggedDecision.params.shape.decision_id.safeParse(id).success;
  const [decision] = isId ? await deps.warehouse.owner.ask(loggedDecision, { decision_id: id }) : [];
  if (decision) return decision;
  const others = await listDecisions(deps, { isWithRevoked: false });
  if (others.some((other) => other.decision_id === id)) throw errors.seeded_decision(`The decision ${id} is in the seed`);
  throw errors.no_such_decision(isId ? `There is no decision ${id}` : 'A decision is named by its id');
}

function present(row: Logged): Decision {
  const { is_revoked, revoked_by: by, revoked_at: at, revoke_reason: reason } = row;
  return { ...head(row), ...identifiersOf(row), revoked: is_revoked ? { by, at, reason } : null, recorded_in: 'log', problem: null };
}

type Head = Pick<Decision, 'decision_id' | 'kind' | 'entity' | 'reason' | 'decided_by' | 'decided_at'>;

const head = ({ decision_id, kind, entity, reason, decided_by, decided_at }: Head): Head => ({
  decision_id,
  kind,
  entity,
  reason,
  decided_by,
  decided_at,
});

function identifiersOf({ type_a, value_a, type_b, value_b }: Pick<Logged, 'type_a' | 'value_a' | 'type_b' | 'value_b'>) {
  return {
    a: formatIdentifier({ type: type_a, value: value_a }),
    b: type_b === '' ? null : formatIdentifier({ type: type_b, value: value_b }),
  };
}
