/** The product's own segments on the world of the benchmark: definitions in the control plane, its leases, its users of the warehouse. */
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { formatProblem } from '../../src/documents/problem.ts';
import { checkSegment } from '../../src/segments/check-against-catalogue.ts';
import type { CheckedSegment } from '../../src/segments/checked.ts';
import { type CompileContext, type Compiled, compileSegment } from '../../src/segments/compile.ts';
import type { SegmentDefinition } from '../../src/segments/definition.ts';
import type { SegmentDeps } from '../../src/segments/deps.ts';
import { readDefinition } from '../../src/segments/document.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { audienceCatalogue, NOW, VERSIONS } from '../../test/segments/audience-world.ts';
import { benchErrors } from '../errors.ts';
import type { Surroundings } from '../pipeline/surroundings.ts';
import { hundred } from './documents.ts';
import type { Meter } from './meter.ts';

/** Zone of the audiences' SQL. */
const TIMEZONE = 'Europe/Brussels';

export interface Room {
  readonly deps: SegmentDeps;
  readonly warehouse: Warehouse;
  readonly meter: Meter;
  readonly rounds: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** From then on it is a second later: each publication is of a moment of its own. */
  tick(): void;
}

export async function openRoom(
  { app, store, warehouse }: Surroundings,
  tools: Pick<Room, 'meter' | 'rounds' | 'say' | 'signal'>,
): Promise<Room> {
  const catalogue = audienceCatalogue(warehouse.prefix);
  await store.resources.apply(
    [...hundred].map(([id, document]) => ({ kind: 'segment', id, document })),
    'bench',
  );
  let nowMs = Date.parse(NOW);
  const deps: SegmentDeps = {
    ...(await app.segments()),
    catalogue: async () => catalogue,
    modelsReading: async () => [],
    timezone: TIMEZONE,
    now: () => new Date(nowMs),
  };
  const tick = () => {
    nowMs += 1_000;
  };
  return { ...tools, deps, warehouse, tick };
}

/** The SQL that finds the members at the moment of the audiences, as the product makes it. @throws CdpError `bench.step_failed`. */
export async function membersOf({ deps, warehouse }: Room, id: string): Promise<Compiled & Pick<CheckedSegment, 'entity'>> {
  const segment = checkedSegment(await deps.catalogue(), id);
  const context: CompileContext = {
    now: new Date(NOW),
    timezone: deps.timezone,
    members: { database: warehouse.databases.state, table: 'segment_members' },
    versions: VERSIONS,
  };
  return { ...compileSegment(segment, context), entity: segment.entity };
}

function checkedSegment(catalogue: Catalogue, id: string): CheckedSegment {
  const definitions = new Map([...hundred.keys()].map((name) => [name, definitionOf(name)]));
  const checked = checkSegment(definitionOf(id), { catalogue, segments: definitions });
  if (checked.ok) return checked.segment;
  throw benchErrors.step_failed(`${id}: ${checked.problems.map((problem) => formatProblem(problem)).join('; ')}`);
}

function definitionOf(id: string): SegmentDefinition {
  const read = readDefinition(hundred.get(id) ?? {});
  if (read.ok) return read.definition;
  throw benchErrors.step_failed(`${id}: ${read.problems.map((problem) => formatProblem(problem)).join('; ')}`);
}
