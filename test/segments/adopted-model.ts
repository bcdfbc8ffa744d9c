/** What a project of dbt and its folder activations/ say together, as if the folder was applied. */
import { checkActivations } from '../../src/activations/check.ts';
import { readActivations } from '../../src/activations/read.ts';
import { type Catalogue, catalogueOf, type PublishedModel } from '../../src/catalogue/catalogue.ts';
import { formatProblem } from '../../src/documents/problem.ts';
import type { SegmentDeps } from '../../src/segments/deps.ts';
import { segmentKind } from '../../src/segments/kind.ts';
import { listKind } from '../../src/segments/lists/kind.ts';
import { freeLeases } from '../../src/store/free-leases.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

export interface Adopted {
  readonly catalogue: Catalogue;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly deps: SegmentDeps;
}

/** @param models of the project's manifest. */
export async function adopt(warehouse: Warehouse, projectDir: string, models: readonly PublishedModel[]): Promise<Adopted> {
  const kinds = [listKind, segmentKind];
  const catalogue = catalogueOf(models);
  const activations = await readActivations(projectDir, kinds);
  const { problems, warnings } = await checkActivations(activations, kinds, { catalogue, warehouse });
  return {
    catalogue,
    problems: problems.map((problem) => formatProblem(problem, problem.file)),
    warnings: warnings.map((problem) => formatProblem(problem, problem.file)),
    deps: {
      warehouse,
      catalogue: async () => catalogue,
      resources: { list: async (kind) => activations.files.filter((document) => document.kind === kind) },
      leases: freeLeases(),
      modelsReading: async () => [],
      timezone: 'Europe/Amsterdam',
      now: () => new Date(),
    },
  };
}
