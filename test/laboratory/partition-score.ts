/** How well a partition agrees with the truth, from how many identifiers each profile shares with each owner. */
import * as z from 'zod';

const share = z.number().min(0).max(1);

export const PartitionScore = z.object({
  identifiers: z.int(),
  persons: z.int(),
  profiles: z.int(),
  pair_precision: share,
  pair_recall: share,
  b_cubed_precision: share,
  b_cubed_recall: share,
  /** Of profiles that are exactly one person, with all identifiers of that person and no other. */
  cluster_f1: share,
});
export type PartitionScore = z.output<typeof PartitionScore>;

interface Asking {
  ask<R extends z.ZodObject>(sql: string, row: R): Promise<z.output<R>[]>;
}

const ratio = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);

/** The sums that the measures are made of. Pairs are counted as C(n, 2); a cluster is right when profile and owner are one set. */
interface Sums {
  readonly identifiers: number;
  readonly owners: number;
  readonly profiles: number;
  readonly sharedPairs: number;
  readonly profilePairs: number;
  readonly ownerPairs: number;
  readonly precisionSum: number;
  readonly recallSum: number;
  readonly exact: number;
}

function scoreOf(sums: Sums): PartitionScore {
  return {
    identifiers: sums.identifiers,
    persons: sums.owners,
    profiles: sums.profiles,
    pair_precision: ratio(sums.sharedPairs, sums.profilePairs),
    pair_recall: ratio(sums.sharedPairs, sums.ownerPairs),
    b_cubed_precision: ratio(sums.precisionSum, sums.identifiers),
    b_cubed_recall: ratio(sums.recallSum, sums.identifiers),
    cluster_f1: ratio(2 * sums.exact, sums.profiles + sums.owners),
  };
}

/** @param labelled (profile, owner) of each identifier. */
export function scorePartition(labelled: Iterable<readonly [profile: string, owner: string]>): PartitionScore {
  const profiles = new Map<string, number>();
  const owners = new Map<string, number>();
  const shared = new Map<string, { readonly profile: string; readonly owner: string; count: number }>();
  const count = (sizes: Map<string, number>, key: string) => sizes.set(key, (sizes.get(key) ?? 0) + 1);
  for (const [profile, owner] of labelled) {
    count(profiles, profile);
    count(owners, owner);
    const key = JSON.stringify([profile, owner]);
    const both = shared.get(key) ?? { profile, owner, count: 0 };
    both.count += 1;
    shared.set(key, both);
  }
  const pairs = (n: number) => (n * (n - 1)) / 2;
  const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, number) => sum + number, 0);
  const cells = [...shared.values()].map((both) => ({
    n: both.count,
    profile: profiles.get(both.profile) ?? 0,
    owner: owners.get(both.owner) ?? 0,
  }));
  return scoreOf({
    identifiers: total(profiles.values()),
    owners: owners.size,
    profiles: profiles.size,
    sharedPairs: total(cells.map(({ n }) => pairs(n))),
    profilePairs: total([...profiles.values()].map(pairs)),
    ownerPairs: total([...owners.values()].map(pairs)),
    precisionSum: total(cells.map(({ n, profile }) => n ** 2 / profile)),
    recallSum: total(cells.map(({ n, owner }) => n ** 2 / owner)),
    exact: cells.filter(({ n, profile, owner }) => n === profile && n === owner).length,
  });
}

const sums = z.object({
  identifiers: z.coerce.number(),
  owners: z.coerce.number(),
  profiles: z.coerce.number(),
  sharedPairs: z.number(),
  profilePairs: z.number(),
  ownerPairs: z.number(),
  precisionSum: z.number(),
  recallSum: z.number(),
  exact: z.coerce.number(),
});

/** The same inside the warehouse. @param labelled SQL of (profile, owner), a row per identifier. */
export async function scorePartitionInSql({ ask }: Asking, labelled: string): Promise<PartitionScore> {
  const [found] = await ask(
    `
    with
        cells as (select profile, owner, count() as n from (${labelled}) group by profile, owner),
        sized as (select n, sum(n) over (partition by profile) as of_profile, sum(n) over (partition by owner) as of_owner, profile, owner from cells)
    select
        sum(n) as identifiers,
        uniqExact(owner) as owners,
        uniqExact(profile) as profiles,
        toFloat64(sum(n * (n - 1) / 2)) as sharedPairs,
        -- each cell has its share of its profile's pairs
        toFloat64(sum(n * (of_profile - 1) / 2)) as profilePairs,
        toFloat64(sum(n * (of_owner - 1) / 2)) as ownerPairs,
        toFloat64(sum(n * n / of_profile)) as precisionSum,
        toFloat64(sum(n * n / of_owner)) as recallSum,
        countIf(n = of_profile and n = of_owner) as exact
    from sized`,
    sums,
  );
  return scoreOf(sums.parse(found));
}
