import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Attempt, type DeliveryClock, deliverBatch } from './deliver.ts';
import type { Fault } from './fault.ts';
import { accepted, type Outcome, refused } from './outcome.ts';
import { OutgoingRow, type Rows } from './row.ts';

const batchOf = (count: number) =>
  Array.from({ length: count }, (_, index) => new OutgoingRow(index + 1, 'upsert', `{"id":${index + 1}}`)) as unknown as Rows;

/** A clock that only counts. */
function clockOf() {
  const slept: number[] = [];
  const clock: DeliveryClock = {
    now: () => new Date(slept.reduce((sum, ms) => sum + ms, 0)),
    chance: () => 0.5,
    sleep: async (ms) => void slept.push(ms),
  };
  return { clock, slept };
}

const retry = { maxAttempts: 4, firstDelayMs: 100, maxDelayMs: 1_000, maxThrottledMs: 10_000 };

async function deliver(
  rows: Rows,
  attempt: Attempt,
  {
    isIdempotent = true,
    signal = new AbortController().signal,
    longestJobMs = 60_000,
    resumed,
  }: { isIdempotent?: boolean; signal?: AbortSignal; longestJobMs?: number; resumed?: { batchId: string; step: string } } = {},
) {
  const { clock, slept } = clockOf();
  const paused: number[] = [];
  const kept: [batchId: string, step: string][] = [];
  const delivery = await deliverBatch(rows, 'run', {
    attempt,
    isIdempotent,
    isInDoubt: false,
    retry,
    clock,
    signal,
    pass: async () => undefined,
    onThrottled: (ms) => paused.push(ms),
    longestJobMs,
    submitted: {
      stepOf: (batchId) => (batchId === resumed?.batchId ? resumed.step : undefined),
      keep: async (...batch) => void kept.push(batch),
    },
  });
  return { ...delivery, slept, paused, kept };
}

const kinds = (outcomes: readonly (Outcome | undefined)[]) =>
  outcomes.map((outcome) => (outcome === undefined ? 'skipped' : outcome.ok ? 'ok' : outcome.fault.kind));

describe('deliverBatch', () => {
  test('finds the bad rows of a batch that is refused as a whole, and the good ones get through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (isBad) => {
        const applied = new Set<number>();
        const { outcomes } = await deliver(batchOf(isBad.length), async (rows) => {
          if (rows.some(({ seq }) => isBad[seq - 1])) return { kind: 'row_invalid', message: 'bad' };
          for (const { seq } of rows) applied.add(seq);
          return rows.map(() => accepted);
        });
        expect(kinds(outcomes)).toEqual(isBad.map((bad) => (bad ? 'row_invalid' : 'ok')));
        expect(applied.size).toBe(isBad.filter((bad) => !bad).length);
      }),
    );
  });

  test('whatever the destination does, every row gets exactly one outcome, and no accepted row is sent again', async () => {
    const fault = fc.constantFrom<Fault>(
      { kind: 'transient', message: '' },
      { kind: 'throttled', message: '', retryAfterMs: 1 },
      { kind: 'unknown_result', message: '' },
      { kind: 'too_large', message: '' },
      { kind: 'row_invalid', message: '' },
      { kind: 'auth', message: '' },
      { kind: 'vendor_contract', message: '' },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.oneof(fault, fc.array(fc.option(fault), { maxLength: 12 }))),
        fc.boolean(),
        async (count, script, isIdempotent) => {
          const taken = new Set<number>();
          const { outcomes } = await deliver(
            batchOf(count),
            async (rows) => {
              for (const { seq } of rows) expect(taken.has(seq)).toBe(false);
              const step = script.shift();
              if (step !== undefined && !Array.isArray(step)) return step;
              return rows.map(({ seq }, index): Outcome => {
                const bad = step?.[index];
                if (bad) return refused(bad);
                taken.add(seq);
                return accepted;
              });
            },
            { isIdempotent },
          );
          expect(outcomes).toHaveLength(count);
          outcomes.forEach((outcome, index) => {
            expect(outcome?.ok === true).toBe(taken.has(index + 1));
          });
        },
      ),
    );
  });

  test('throttled without a word on how long, it waits with growing pauses, and gives up after the longest time', async () => {
    const { slept, stop } = await deliver(batchOf(1), async () => ({ kind: 'throttled', message: '' }));
    expect(slept.slice(0, 5)).toEqual([75, 150, 300, 600, 750]);
    expect(stop?.kind).toBe('throttled');
    expect(slept.length).toBeLessThan(20);
  });

  test('waits exactly as long as it was told, tells the others, and being throttled uses up no attempt', async () => {
    let asked = 0;
    const throttled: Fault = { kind: 'throttled', message: '', retryAfterMs: 1_500 };
    const { outcomes, slept, paused } = await deliver(batchOf(2), async (rows) => (++asked <= 6 ? throttled : rows.map(() => accepted)));
    expect(kinds(outcomes)).toEqual(['ok', 'ok']);
    expect(slept).toEqual(Array(6).fill(1_500));
    expect(paused).toEqual(slept);
  });

  test('backs off exponentially, then stops the run: the next batch would fare no better', async () => {
    const ids: string[] = [];
    const { outcomes, slept, stop } = await deliver(batchOf(1), async (_, id) => {
      ids.push(id);
      return { kind: 'transient', message: 'HTTP 500' };
    });
    expect(slept).toEqual([75, 150, 300]);
    expect(new Set(ids)).toEqual(new Set(['run_1_1_1']));
    expect(kinds(outcomes)).toEqual(['transient']);
    expect(stop?.kind).toBe('transient');
  });

  test('an unknown outcome is tried again only where a row may arrive twice', async () => {
    let asked = 0;
    const attempt: Attempt = async (rows) => (++asked === 1 ? { kind: 'unknown_result', message: '' } : rows.map(() => accepted));
    expect(kinds((await deliver(batchOf(1), attempt)).outcomes)).toEqual(['ok']);
    asked = 0;
    const held = await deliver(batchOf(1), attempt, { isIdempotent: false });
    expect(kinds(held.outcomes)).toEqual(['unknown_result']);
    expect(asked).toBe(1);
  });

  test('sends again only the rows that may yet succeed, under a key of their own', async () => {
    const ids: string[] = [];
    const { outcomes } = await deliver(batchOf(3), async (rows, id) => {
      ids.push(id);
      return ids.length === 1
        ? [accepted, refused({ kind: 'transient', message: '' }), refused({ kind: 'row_invalid', message: 'no' })]
        : rows.map(() => accepted);
    });
    expect(kinds(outcomes)).toEqual(['ok', 'ok', 'row_invalid']);
    expect(ids).toEqual(['run_1_3_3', 'run_2_2_1']);
  });

  test('a connector that answers for fewer rows than it got stops the run instead of guessing', async () => {
    const { outcomes, stop } = await deliver(batchOf(2), async () => [accepted]);
    expect(stop?.kind).toBe('vendor_contract');
    expect(kinds(outcomes)).toEqual(['vendor_contract', 'vendor_contract']);
  });

  test('a refusal that follows an unanswered try leaves doubt: the rows may be there', async () => {
    const faults: Fault[] = [
      { kind: 'unknown_result', message: '' },
      { kind: 'row_invalid', message: '' },
    ];
    const { outcomes } = await deliver(batchOf(1), async () => faults.shift() ?? { kind: 'row_invalid', message: '' });
    expect(outcomes).toEqual([{ ok: false, fault: { kind: 'row_invalid', message: '' }, isInDoubt: true }]);
    const certain = await deliver(batchOf(1), async () => ({ kind: 'row_invalid', message: '' }));
    expect(certain.outcomes).toMatchObject([{ isInDoubt: false }]);
  });

  test('nothing leaves after the signal; what was not tried has no outcome', async () => {
    const { outcomes } = await deliver(batchOf(2), async (rows) => rows.map(() => accepted), { signal: AbortSignal.abort() });
    expect(kinds(outcomes)).toEqual(['skipped', 'skipped']);
  });
});

describe('a batch that takes several requests', () => {
  const submit = { step: 'job 7', afterMs: 100, isSubmitted: true } as const;

  test('goes on from each step, keeps what was submitted, and ends with the outcomes', async () => {
    const steps: (string | undefined)[] = [];
    const { outcomes, kept, slept } = await deliver(batchOf(3), async (rows, _, step) => {
      steps.push(step);
      if (step === undefined) return { step: 'found', afterMs: 5 };
      if (step === 'found') return submit;
      return steps.length < 5
        ? { ...submit }
        : rows.map(({ seq }) => (seq === 2 ? refused({ kind: 'row_invalid', message: '' }) : accepted));
    });
    expect(steps).toEqual([undefined, 'found', 'job 7', 'job 7', 'job 7']);
    expect(kinds(outcomes)).toEqual(['ok', 'row_invalid', 'ok']);
    expect(outcomes[1]).toMatchObject({ isInDoubt: false });
    expect(kept).toEqual([['run_1_3_3', 'job 7']]);
    expect(slept).toEqual([5, 100, 100, 100]);
  });

  test('asks again when a question about it fails, and never sends it again, also where repeating is not safe', async () => {
    const steps: (string | undefined)[] = [];
    const answers: ReturnType<Attempt> extends Promise<infer T> ? T[] : never = [
      submit,
      { kind: 'unknown_result', message: '' },
      { kind: 'transient', message: '' },
      { kind: 'throttled', message: '', retryAfterMs: 1 },
    ];
    const { outcomes } = await deliver(
      batchOf(2),
      async (rows, _, step) => {
        steps.push(step);
        return answers.shift() ?? rows.map((row) => (row.seq === 1 ? accepted : refused({ kind: 'row_invalid', message: '' })));
      },
      { isIdempotent: false },
    );
    expect(steps).toEqual([undefined, 'job 7', 'job 7', 'job 7', 'job 7']);
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, isInDoubt: false }]);
  });

  test('whose job is gone may have been applied all the same', async () => {
    const { outcomes, stop } = await deliver(batchOf(2), async (_rows, _id, step) => (step ? { kind: 'not_found', message: '' } : submit));
    expect(outcomes).toMatchObject([0, 1].map(() => ({ ok: false, fault: { kind: 'not_found' }, isInDoubt: true })));
    expect(stop).toBeUndefined();
  });

  test('that never ends has an unknown outcome', async () => {
    const { outcomes, slept } = await deliver(batchOf(1), async () => submit, { longestJobMs: 1_000 });
    expect(kinds(outcomes)).toEqual(['unknown_result']);
    expect(slept.length).toBe(10);
  });

  test('goes on where an earlier process left off', async () => {
    const steps: (string | undefined)[] = [];
    const resumed = { batchId: 'run_1_2_2', step: 'job 6' };
    const take: Attempt = async (rows, _, step) => {
      steps.push(step);
      return rows.map(() => accepted);
    };
    expect(kinds((await deliver(batchOf(2), take, { resumed })).outcomes)).toEqual(['ok', 'ok']);
    expect(steps).toEqual(['job 6']);
  });

  test('sends rows again that the job gave back, from the first request on, and gives up in the end', async () => {
    let sent = 0;
    const { outcomes, stop } = await deliver(batchOf(2), async (rows, _, step) => {
      if (step === undefined) sent += 1;
      return step === undefined ? submit : rows.map(({ seq }) => (seq === 1 ? accepted : refused({ kind: 'transient', message: '' })));
    });
    expect(kinds(outcomes)).toEqual(['ok', 'transient']);
    expect(sent).toBe(retry.maxAttempts);
    expect(stop).toMatchObject({ kind: 'transient' });
  });

  test('of a connector that goes round in a circle stops the run', async () => {
    const { stop } = await deliver(batchOf(1), async () => ({ step: 'again' }));
    expect(stop).toMatchObject({ kind: 'vendor_contract' });
  });
});
