/** How well a partition of records agrees with the truth. */

export interface LinkageScore {
  /** Share of the pairs that were put together which belong together. */
  readonly precision: number;
  /** Share of the pairs that belong together which were put together. */
  readonly recall: number;
  readonly f1: number;
  /** F1 of precision and recall averaged over records instead of pairs, so that one large person does not weigh most. */
  readonly bCubedF1: number;
  readonly falsePairs: number;
  readonly missedPairs: number;
}

/** `found` gives the cluster of each record, `truth` its person; both by record id. */
export function scorePartition(found: ReadonlyMap<string, string>, truth: ReadonlyMap<string, string>): LinkageScore {
  const clusters = new Map<string, number>();
  const persons = new Map<string, number>();
  const both = new Map<string, { readonly cluster: string; readonly person: string; count: number }>();
  for (const [id, person] of truth) {
    const cluster = found.get(id) ?? id;
    clusters.set(cluster, (clusters.get(cluster) ?? 0) + 1);
    persons.set(person, (persons.get(person) ?? 0) + 1);
    const key = JSON.stringify([cluster, person]);
    const met = both.get(key) ?? { cluster, person, count: 0 };
    met.count += 1;
    both.set(key, met);
  }
  const pairs = (count: number) => (count * (count - 1)) / 2;
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);
  const together = sum([...both.values()].map(({ count }) => pairs(count)));
  const linked = sum([...clusters.values()].map(pairs));
  const belonging = sum([...persons.values()].map(pairs));
  const perRecord = (sizes: ReadonlyMap<string, number>, of: 'cluster' | 'person') =>
    sum([...both.values()].map((met) => met.count ** 2 / (sizes.get(met[of]) ?? 1))) / Math.max(1, truth.size);
  const precision = linked === 0 ? 1 : together / linked;
  const recall = belonging === 0 ? 1 : together / belonging;
  return {
    precision,
    recall,
    f1: harmonicMean(precision, recall),
    bCubedF1: harmonicMean(perRecord(clusters, 'cluster'), perRecord(persons, 'person')),
    falsePairs: linked - together,
    missedPairs: belonging - together,
  };
}

function harmonicMean(one: number, other: number): number {
  return one + other === 0 ? 0 : (2 * one * other) / (one + other);
}
