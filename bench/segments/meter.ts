/**
 * Seconds on the clock, and what ClickHouse did meanwhile: other work on the machine lengthens the seconds, but hardly the processor time. Only
 * for one thing at a time, on a server that nobody else uses.
 */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

export interface Measured {
  readonly seconds: number;
  /** Processor time of the queries that began meanwhile. */
  readonly cpuSeconds: number;
  readonly statements: number;
}

interface Span {
  readonly tag: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const flushLogs = defineStatement({ name: 'bench.flush_logs', sql: 'system flush logs', params: z.object({}) });

const logged = defineQuery({
  name: 'bench.logged',
  sql: `
    select
        toUnixTimestamp64Micro(query_start_time_microseconds) / 1000 as started_ms,
        ProfileEvents['OSCPUVirtualTimeMicroseconds'] / 1000000 as cpu_seconds
    from system.query_log
    where type != 'QueryStart'
      and query_start_time_microseconds >= fromUnixTimestamp64Micro(toInt64({since_ms:Float64} * 1000))
    order by query_start_time_microseconds`,
  params: z.object({ since_ms: z.number() }),
  row: z.object({ started_ms: z.number(), cpu_seconds: z.number() }),
});

const nowMs = () => performance.timeOrigin + performance.now();

export class Meter {
  readonly #warehouse: Warehouse;
  readonly #spans: Span[] = [];

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  /** Several measurements may have one tag. */
  async measure<T>(tag: string, work: () => Promise<T>): Promise<T> {
    const fromMs = nowMs();
    const result = await work();
    this.#spans.push({ tag, fromMs, toMs: nowMs() });
    return result;
  }

  /** All that was measured, by its tag, in the order of measuring. Later measurements begin anew. */
  async read(): Promise<ReadonlyMap<string, readonly Measured[]>> {
    const { owner } = this.#warehouse;
    await owner.run(flushLogs, {});
    const spans = this.#spans.splice(0);
    const queries = await owner.ask(logged, { since_ms: Math.min(...spans.map(({ fromMs }) => fromMs)) });
    const measured = spans.map(({ tag, fromMs, toMs }) => {
      const own = queries.filter(({ started_ms: at }) => at >= fromMs && at <= toMs);
      const cpuSeconds = own.reduce((total, { cpu_seconds: cpu }) => total + cpu, 0);
      return { tag, seconds: (toMs - fromMs) / 1_000, cpuSeconds, statements: own.length };
    });
    return Map.groupBy(measured, ({ tag }) => tag);
  }
}
