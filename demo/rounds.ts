/** One round: dbt builds, the audiences are published, the syncs run, and each destination is asked what it holds. */
import { applyPlan, planActivations } from '../src/activations/apply.ts';
import type { BuildResult } from '../src/dbt/result.ts';
import { publishAll } from '../src/segments/publish-all.ts';
import { SyncDefinition } from '../src/syncs/definition.ts';
import { runSync } from '../src/syncs/run-sync.ts';
import { demoErrors } from './errors.ts';
import { readBack } from './read-back.ts';
import type { SyncReport } from './report.ts';
import { type Snapshot, travelled } from './snapshot.ts';
import type { Stages } from './stages.ts';
import type { Surroundings } from './surroundings.ts';
import type { Observed } from './verify.ts';

export interface Round {
  readonly number: SyncReport['round'];
  /** Members by segment id. */
  readonly segments: ReadonlyMap<string, number>;
  /** In the order of the sync ids. */
  readonly syncs: readonly (Observed & { readonly sync: SyncDefinition; readonly holds: number })[];
}

export interface Rounds {
  play(number: Round['number']): Promise<Round>;
}

/** Remembers what the destinations held before, which with `--keep` is what an earlier demo left there. */
export function createRounds(surroundings: Surroundings, stages: Stages, signal: AbortSignal): Rounds {
  const { store } = surroundings;
  const held = new Map<string, Snapshot>();

  async function remember(syncs: readonly SyncDefinition[]): Promise<void> {
    for (const sync of syncs) if (!held.has(sync.id)) held.set(sync.id, await readBack(surroundings, sync));
  }

  return {
    async play(number) {
      await stages.run(
        'build',
        'Building identity, profiles and traits with dbt',
        (note) => build(surroundings, note, signal),
        describeBuild,
      );
      if (number === 1)
        await stages.run(
          'segments',
          'Applying activations/',
          () => apply(surroundings),
          (changes) => `${changes} documents`,
        );
      const segments = await stages.run('segments', 'Publishing the audiences', () => publish(surroundings, signal), describeSegments);

      const syncs = (await store.resources.list('sync')).map(({ document }) => SyncDefinition.parse(document));
      await remember(syncs);
      const reports: Round['syncs'][number][] = [];
      for (const sync of syncs) {
        const report = await stages.run('syncs', sync.title, () => run(surroundings, sync.id, number, signal), describeSync);
        const after = await readBack(surroundings, sync);
        reports.push({ sync, report, travelled: travelled(held.get(sync.id) ?? new Map(), after), holds: after.size });
        held.set(sync.id, after);
      }
      return { number, segments, syncs: reports };
    },
  };
}

async function build({ app }: Surroundings, note: (text: string) => void, signal: AbortSignal): Promise<BuildResult> {
  let done = 0;
  const result = await (await app.dbt()).build({
    signal,
    onEvent(event) {
      if (event.type === 'model_finished') done += 1;
      if (event.type === 'model_started') note(`${done} built, now ${event.name}`);
    },
  });
  if (result.status === 'success') return result;
  const failures = [
    ...result.models.flatMap(({ name, error }) => (error ? `${name}: ${error.message}` : [])),
    ...result.tests.flatMap(({ name, status, message }) =>
      status === 'fail' || status === 'error' ? `test ${name}: ${message ?? ''}` : [],
    ),
  ];
  throw demoErrors.step_failed(`The dbt build failed:\n  ${failures.join('\n  ')}`);
}

async function apply({ app }: Surroundings): Promise<number> {
  const deps = await app.activations();
  const plan = await planActivations(deps);
  await applyPlan(deps.resources, plan, 'demo');
  return plan.changes.length + plan.unchanged;
}

async function publish({ app }: Surroundings, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const outcomes = await publishAll(await app.segments(), { signal });
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? `${outcome.segment_id}: ${outcome.error.message}` : []));
  if (failures.length > 0) throw demoErrors.step_failed(`Audiences were not published:\n  ${failures.join('\n  ')}`);
  return new Map(outcomes.flatMap((outcome) => (outcome.status === 'published' ? [[outcome.segment_id, outcome.size] as const] : [])));
}

async function run({ app }: Surroundings, id: string, round: Round['number'], signal: AbortSignal): Promise<SyncReport> {
  const { status, message, planned, accepted, rejected, unknown, removed } = await runSync(await app.syncs(), id, { signal });
  if (status !== 'succeeded' && status !== 'with_errors') throw demoErrors.step_failed(`The sync ${id} is ${status}: ${message}`);
  return { id, round, planned, accepted, rejected, unknown, removed };
}

function describeBuild({ models, tests }: BuildResult): string {
  return `${models.length} models, ${tests.length} tests passed`;
}

function describeSegments(sizes: ReadonlyMap<string, number>): string {
  return `${[...sizes.values()].join(' + ')} members`;
}

function describeSync({ accepted, removed, rejected, unknown }: SyncReport): string {
  const rest = [removed > 0 && `${removed} removed`, rejected > 0 && `${rejected} rejected`, unknown > 0 && `${unknown} unknown`];
  return [accepted === 1 ? '1 row' : `${accepted} rows`, ...rest.filter((part) => part !== false)].join(', ');
}
