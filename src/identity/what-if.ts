/**
 * What would change with another rule or decision: the identity models are built in trial databases, once as things are and once with the
 * change, and the two are compared. Nothing is published and nothing stays.
 */
import type { TrialBuild } from '../dbt/aside.ts';
import type { Dbt } from '../dbt/dbt.ts';
import type { Resources } from '../store/resources.ts';
import { readSyncs } from '../syncs/documents.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { assertKnownMacros, type Change, changedRules, isEmpty } from './change.ts';
import { compareMaps, keepMap, largest, profileColumn, totals, touchedMembers, touchedRows } from './compile-comparison.ts';
import { type DecisionDeps, draftDecision, draftRevocation } from './decisions.ts';
import { errors } from './errors.ts';
import { copyGraphState } from './graph-state.ts';
import { rejectedTrial } from './queries.ts';
import type { RulesBlock } from './rules.ts';

export interface WhatIfDeps extends DecisionDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'databases'>;
  readonly rules: () => Promise<RulesBlock>;
  readonly dbt: () => Promise<Pick<Dbt, 'aside'>>;
  readonly resources: Pick<Resources, 'list'>;
}

export interface Progress {
  /** Number of finished steps, of `steps`. */
  readonly done: number;
  readonly steps: number;
  /** The present step: `building with the change: identity_graph`. */
  readonly doing: string;
}

export interface WhatIfOptions {
  /** Needed when a decision's identifier types belong to several entities. */
  readonly entity?: string | undefined;
  /** For callers who may edit the project anyway. Without it only macros that the project's rules name are allowed. */
  readonly mayNameMacros?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A profile that splits or merges. Ids that do not exist yet are those that the next build would give. */
export interface ReshapedProfile {
  readonly entity: string;
  readonly profile_id: string;
  /** Split: before; merge: after. */
  readonly identifiers: number;
  readonly part_count: number;
  /** Largest first, at most ten. */
  readonly parts: readonly { readonly profile_id: string; readonly identifiers: number }[];
}

export interface WhatIfReport {
  readonly entities: readonly {
    readonly entity: string;
    readonly profiles_before: number;
    readonly profiles_after: number;
    readonly profiles_split: number;
    readonly profiles_merged: number;
    readonly identifiers_before: number;
    readonly identifiers_after: number;
    /** Identifiers that would belong to another profile than now. */
    readonly identifiers_moved: number;
    readonly identifiers_joining: number;
    readonly identifiers_leaving: number;
  }[];
  readonly largest_splits: readonly ReshapedProfile[];
  readonly largest_merges: readonly ReshapedProfile[];
  /** Segments with members whose profile would gain or lose an identifier. */
  readonly segments: readonly { readonly segment_id: string; readonly members: number; readonly members_touched: number }[];
  readonly syncs: readonly {
    readonly sync_id: string;
    readonly source: string;
    readonly members: number;
    readonly members_touched: number;
  }[];
  readonly warnings: readonly string[];
  readonly seconds: number;
}

const LARGEST = 10;
/** The map and all models that it is made from. */
const MODELS = ['+identity_map,package:sluice', 'identity_rejected_decisions'];

/**
 * Both builds see the raw data of this moment, so that what has arrived since the last real build is not taken for a consequence of the change.
 * @throws CdpError `identity.invalid_change`, `identity.foreign_macro` and what deciding throws, before anything is built; `dbt.busy` while a build runs;
 * `dbt.invalid_project` or `dbt.failed` when the changed rules do not hold, with the rule's name.
 */
export async function whatIf(deps: WhatIfDeps, change: Change, options: WhatIfOptions = {}): Promise<WhatIfReport> {
  const startedAt = performance.now();
  if (isEmpty(change)) throw errors.invalid_change('Nothing would be changed');
  const isOfRules = change.rules !== undefined || Object.keys(change.set ?? {}).length > 0;
  const vars = isOfRules ? { sluice_identity: await rulesWith(deps, change, options) } : {};
  const trial = await trialDecisions(deps, change, options.entity);

  const progress = follow(options.onProgress);
  const dbt = await deps.dbt();
  const asideOptions = { ...(options.signal && { signal: options.signal }), onEvent: progress.onEvent };
  const report = await dbt.aside(asideOptions, async (aside) => {
    const { owner, databases } = deps.warehouse;
    const { identity } = aside.databases;
    progress.step('copying the state of the graph');
    await copyGraphState(owner, databases, aside.databases, aside.signal);
    progress.step('building as things stand');
    await aside.build(MODELS);
    await owner.run(keepMap(identity), {}, { signal: aside.signal });
    if (trial.rows.length > 0) await owner.insert(`${aside.databases.raw}.identity_decisions`, trial.rows, { signal: aside.signal });
    progress.step('building with the change');
    await aside.build(MODELS, vars);
    await assertTaken(deps, identity, trial.ids);
    progress.step('comparing');
    await owner.run(compareMaps(identity), {}, { signal: aside.signal });
    return compared(deps, aside);
  });
  progress.step('done');
  const warnings = [...trial.warnings, ...(await readSyncs(deps)).unusable.map(leftOut)];
  return { ...report, warnings, seconds: (performance.now() - startedAt) / 1_000 };
}

async function rulesWith(deps: WhatIfDeps, change: Change, { mayNameMacros = false }: WhatIfOptions): Promise<RulesBlock> {
  const rules = await deps.rules();
  const changed = changedRules(rules, change);
  if (!mayNameMacros) assertKnownMacros(rules, changed);
  return changed;
}

/** Rows for the log aside. */
async function trialDecisions(deps: WhatIfDeps, change: Change, entity: string | undefined) {
  const why = { reason: 'what if', by: 'what if' };
  const drafts = [];
  for (const ruling of change.decisions ?? []) drafts.push(await draftDecision(deps, { ruling, entity, ...why }));
  const revocations = [];
  for (const id of change.withoutDecisions ?? []) revocations.push(...(await draftRevocation(deps, id, why)).rows);
  return {
    rows: [...drafts.map(({ row }) => row), ...revocations],
    ids: drafts.map(({ row }) => row.decision_id),
    warnings: drafts.flatMap(({ same, warnings }) => [
      ...warnings,
      ...(same ? [`The decision is in force already (${same.decision_id}): it changes nothing.`] : []),
    ]),
  };
}

/** Faults that only the models can see: two spellings of one identifier, or a value that is empty once it is normalised. */
async function assertTaken(deps: WhatIfDeps, database: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const [rejected] = await deps.warehouse.owner.ask(rejectedTrial(database), { ids: [...ids] });
  if (rejected) throw errors.invalid_decision(`The decision cannot take effect: ${rejected.problem}`);
}

async function compared(deps: WhatIfDeps, { databases, signal }: TrialBuild): Promise<Omit<WhatIfReport, 'warnings' | 'seconds'>> {
  const { owner } = deps.warehouse;
  const { identity } = databases;
  const reshaped = async (kind: 'split' | 'merge'): Promise<ReshapedProfile[]> => {
    const rows = await owner.ask(largest(identity, kind, LARGEST), {}, { signal });
    return rows.map(({ parts, ...row }) => ({ ...row, parts: parts.map(([profile_id, identifiers]) => ({ profile_id, identifiers })) }));
  };
  return {
    entities: await owner.ask(totals(identity), {}, { signal }),
    largest_splits: await reshaped('split'),
    largest_merges: await reshaped('merge'),
    segments: await owner.ask(touchedMembers(identity), {}, { signal }),
    syncs: await touchedSyncs(deps, identity, signal),
  };
}

/** A sync of a segment has its members; one of a table has the rows that name a profile. */
async function touchedSyncs(deps: WhatIfDeps, identity: string, signal: AbortSignal): Promise<WhatIfReport['syncs'][number][]> {
  const { owner, databases } = deps.warehouse;
  const segments = new Map((await owner.ask(touchedMembers(identity), {}, { signal })).map((row) => [row.segment_id, row]));
  const found = [];
  for (const [id, { source }] of (await readSyncs(deps)).usable) {
    if ('segment' in source) {
      const members = segments.get(source.segment);
      if (members)
        found.push({
          sync_id: id,
          source: `segment ${source.segment}`,
          members: members.members,
          members_touched: members.members_touched,
        });
      continue;
    }
    const [column] = await owner.ask(profileColumn, { database: databases.published, table: source.table }, { signal });
    if (!column) continue;
    const [rows] = await owner.ask(touchedRows(identity, source.table, column.name), {}, { signal });
    if (rows && rows.members_touched > 0) found.push({ sync_id: id, source: `table ${source.table}`, ...rows });
  }
  return found;
}

const leftOut = (id: string) =>
  `The sync ${id} is left out, because its document cannot be read: \`sluice sync list\` says what is wrong with it.`;

const STEPS = 4;

/** Names of models, as they are built, beside the step that they are part of. */
function follow(onProgress: WhatIfOptions['onProgress']) {
  let done = -1;
  let doing = '';
  const say = (text: string) => onProgress?.({ done, steps: STEPS, doing: text });
  return {
    step(text: string) {
      done += 1;
      doing = text;
      say(doing);
    },
    onEvent(event: { readonly type: string; readonly name?: string }) {
      if (event.type === 'model_started') say(`${doing}: ${event.name}`);
    },
  };
}
