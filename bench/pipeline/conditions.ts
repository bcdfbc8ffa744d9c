/** Under what conditions a figure was taken: without them it says nothing. */
import { execFile } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import type { PipelineResult } from './result.ts';

export async function conditionsOf(warehouse: Warehouse): Promise<PipelineResult['conditions']> {
  return {
    at: new Date().toISOString(),
    commit: await commitOf(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e8) / 10,
    node: process.versions.node,
    clickhouse: warehouse.version,
    is_embedded: warehouse.isEmbedded,
    load_average: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Null where there is no git, or no repository: a downloaded archive can be measured too. */
async function commitOf(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname });
    return stdout.trim();
  } catch {
    return null;
  }
}
