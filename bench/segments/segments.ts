/** Segments at the size of a retailer: finding members beside SQL written by hand, publishing alone and together, asking. */
import { embeddedServerPid, watchMemory } from '../memory.ts';
import { conditionsOf } from '../pipeline/conditions.ts';
import { openSurroundings } from '../pipeline/surroundings.ts';
import { rounded, secondsOf } from '../statistics.ts';
import { measureAsking } from './asking.ts';
import { Meter } from './meter.ts';
import type { SegmentsOptions } from './parts.ts';
import { measurePublications, measureTogether } from './publications.ts';
import { SegmentsResult } from './result.ts';
import { openRoom, type Room } from './room.ts';
import { measureSelects } from './selects.ts';
import { makeWorld } from './world.ts';

const FULL = { people: 1_000_000, events: 20_000_000 };
/** Fewer people have no busiest ones. */
const FEWEST_PEOPLE = 2_000;

interface Tools {
  /** Progress, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runSegments(options: SegmentsOptions, { say, signal }: Tools): Promise<SegmentsResult> {
  const closing = new AsyncDisposableStack();
  try {
    const surroundings = await openSurroundings({ keep: options.keep, say }, closing);
    const { warehouse, dataDir } = surroundings;
    const conditions = await conditionsOf(warehouse);
    const size = {
      people: Math.max(FEWEST_PEOPLE, Math.round(FULL.people * options.scale)),
      events: Math.max(20 * FEWEST_PEOPLE, Math.round(FULL.events * options.scale)),
    };
    say(`Making ${size.people.toLocaleString('en')} people and ${size.events.toLocaleString('en')} events`);
    const tell = (line: string) => {
      signal.throwIfAborted();
      say(line);
    };
    const worldSeconds = await secondsOf(() => makeWorld(warehouse, size, tell));
    const room = await openRoom(surroundings, { meter: new Meter(warehouse), rounds: options.rounds, say: tell, signal });
    const measure = () => measureParts(room, options.only);
    const { result: measured, peakMb } = warehouse.isEmbedded
      ? await watchMemory(await embeddedServerPid(dataDir), measure)
      : { result: await measure(), peakMb: null };
    return SegmentsResult.parse({
      benchmark: 'segments',
      size,
      rounds: options.rounds,
      conditions,
      world: { seconds: rounded(worldSeconds) },
      ...measured,
      peak_mb: peakMb === null ? null : Math.round(peakMb),
    });
  } finally {
    await closing.disposeAsync();
  }
}

async function measureParts(room: Room, only: SegmentsOptions['only']): Promise<Partial<SegmentsResult>> {
  const result: Partial<SegmentsResult> = {};
  if (only.has('selects')) {
    room.say('Finding the members of the audiences, ours and by hand');
    result.selects = await measureSelects(room);
  }
  if (only.has('publications')) {
    room.say('Publishing each');
    result.publications = await measurePublications(room);
  }
  if (only.has('together')) {
    room.say('Publishing a hundred together, and one after the other');
    result.together = await measureTogether(room);
  }
  if (only.has('asking')) {
    room.say('Asking for sizes, explanations and overlaps');
    result.asking = await measureAsking(room);
  }
  return result;
}
