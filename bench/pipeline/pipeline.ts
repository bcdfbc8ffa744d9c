/** From raw events to delivered rows, at the size of a retailer, measured step by step. */
import * as z from 'zod';
import { defineQuery } from '../../src/warehouse/query.ts';
import type { PipelineOptions } from '../options.ts';
import { rounded, secondsOf } from '../statistics.ts';
import { measureBuild } from './build.ts';
import { conditionsOf } from './conditions.ts';
import { generate } from './generate.ts';
import { PipelineResult } from './result.ts';
import { measureSegments } from './segments.ts';
import { openSurroundings, type Surroundings } from './surroundings.ts';
import { measureSyncs } from './syncs.ts';

const profileCount = defineQuery({
  name: 'bench.profile_count',
  sql: 'select count() as profiles from sluice.profiles',
  params: z.object({}),
  row: z.object({ profiles: z.coerce.number() }),
});

interface Tools {
  /** Progress, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runPipeline(options: PipelineOptions, tools: Tools): Promise<PipelineResult> {
  const closing = new AsyncDisposableStack();
  try {
    return await measure(options, await openSurroundings({ keep: options.keep, say: tools.say }, closing), tools);
  } finally {
    await closing.disposeAsync();
  }
}

async function measure(options: PipelineOptions, surroundings: Surroundings, tools: Tools): Promise<PipelineResult> {
  const { warehouse, children } = surroundings;
  const { say, signal } = tools;
  const conditions = await conditionsOf(warehouse);
  // The newest events are of this morning, so that "the last 30 days" and times to live mean the same in every year.
  const endsAt = new Date(new Date().setUTCHours(0, 0, 0, 0));

  say(`Making ${options.people.toLocaleString('en')} people and ${options.events.toLocaleString('en')} events`);
  const generateSeconds = await secondsOf(() =>
    generate(warehouse, options, endsAt, (done) => {
      signal.throwIfAborted();
      say(`  ${done.toLocaleString('en')}`);
    }),
  );
  say('Building all models');
  const build = await measureBuild(surroundings, tools);
  const [counted] = await warehouse.owner.ask(profileCount, {});

  const service = children.service();
  say('Publishing ten segments, ours and by hand');
  const segments = await measureSegments(surroundings, service, endsAt, tools);
  say('Syncing all profiles to a local sink');
  const syncs = await measureSyncs(surroundings, service, tools);
  const peakMb = await service.call('peak', undefined);

  return PipelineResult.parse({
    size: { people: options.people, events: options.events, profiles: counted?.profiles ?? 0 },
    conditions,
    generate: { seconds: rounded(generateSeconds) },
    build,
    segments,
    ...syncs,
    service: { peak_mb: Math.round(peakMb) },
  });
}
