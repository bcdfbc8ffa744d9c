/** Evaluates segments of one run together where that is faster than each alone. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Semaphore } from '../warehouse/semaphore.ts';
import type { CheckedSegment } from './checked.ts';
import { type Batch, compileEvaluation, evaluatedMembers, planBatches } from './compile-batch.ts';
import { costComment } from './cost-comment.ts';
import type { SegmentDefinition } from './definition.ts';
import type { SegmentDeps } from './deps.ts';
import type { Evaluated } from './publish.ts';
import type { PublicationRun } from './publish-run.ts';

export interface Evaluations {
  /** Waits until the segment is evaluated; undefined when it has to be found alone. */
  of(id: string): Promise<Evaluated | undefined>;
  /** Drops what was kept of them. */
  end(): Promise<void>;
}

const dropEvaluation = defineStatement({
  name: 'segments.drop_evaluation',
  sql: 'alter table sluice_state.segment_evaluations drop partition {run:String}',
  params: z.object({ run: z.string() }),
});

/** `slots` bounds how many queries run at the same time. */
export async function startEvaluations(
  deps: SegmentDeps,
  run: PublicationRun,
  {
    definitions,
    slots,
    signal,
  }: { readonly definitions: readonly SegmentDefinition[]; readonly slots: Semaphore; readonly signal: AbortSignal },
): Promise<Evaluations> {
  const at = deps.now();
  const context = { now: at, timezone: deps.timezone, members: MEMBERS, versions: new Map<string, string>() };
  // What is wrong with a definition is said when its turn to be published comes.
  const accepted = await Promise.all(definitions.map((definition) => run.accepted(definition).catch(() => undefined)));
  const segments = accepted.flatMap((one): CheckedSegment[] => (one === undefined ? [] : [one.segment]));

  const ids: string[] = [];
  const evaluate = async (batch: Batch, id: string): Promise<boolean> => {
    const release = await slots.take();
    try {
      const { sql, params, settings } = compileEvaluation(batch, context, id);
      const statement = defineStatement({ name: 'segments.evaluate', sql, params: z.looseObject({}) });
      const charged = { ...settings, log_comment: costComment('evaluate', batch.map(({ definition }) => definition.id).join(',')) };
      await deps.warehouse.publisher.run(statement, params, { settings: charged, signal });
      return true;
    } catch (error) {
      if (!(error instanceof CdpError) || signal.aborted) throw error;
      // Too much for one query, or a fault of one of them: each is found alone, and the one that is at fault says so.
      return false;
    } finally {
      release();
    }
  };
  const evaluations = new Map<string, () => Promise<Evaluated | undefined>>();
  for (const batch of planBatches(segments, context)) {
    const id = randomUUID();
    ids.push(id);
    const isDone = evaluate(batch, id);
    // Awaited by each segment; a run that stops before that must not end the process.
    isDone.catch(() => undefined);
    for (const [index, { definition, entity }] of batch.entries()) {
      evaluations.set(definition.id, async () => ((await isDone) ? { at, members: evaluatedMembers(entity, id, index) } : undefined));
    }
  }
  return {
    of: async (id) => evaluations.get(id)?.(),
    // Best effort: the table drops by itself what is a day old.
    end: async () => {
      for (const id of ids) await deps.warehouse.owner.run(dropEvaluation, { run: id }).catch(() => undefined);
    },
  };
}

/** Segments that read others are not evaluated together. */
const MEMBERS = { database: '', table: '' };
