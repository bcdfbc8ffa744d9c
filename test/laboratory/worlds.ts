/** Small random worlds of identifiers whose evidence changes step by step, for fast-check. Many of them lie side by side in one graph: a build costs a second. */
import fc from 'fast-check';
import { DAY_MS, type Decisions, type EdgeRow, type EntityRules, type EvidenceRule, type Node } from './graph.ts';

/** Identifiers are numbered from 0 in their own world. */
interface Link {
  readonly one: number;
  readonly other: number;
  readonly rule: EvidenceRule;
  readonly source: string;
  /** Days. Few different ones, so that ties are common. */
  readonly first: number | null;
  readonly lasted: number | null;
  readonly seenCount: number;
}

type Change =
  | { readonly kind: 'see'; readonly link: Link }
  /** The evidence at this place of the list goes: late corrections, erased rows. */
  | { readonly kind: 'unsee'; readonly place: number }
  | { readonly kind: 'never_link'; readonly one: number; readonly other: number }
  | { readonly kind: 'never_use'; readonly node: number }
  | { readonly kind: 'revoke' };

export interface World {
  /** The type number of each identifier. */
  readonly types: readonly number[];
  readonly steps: readonly (readonly Change[])[];
}

export interface WorldState {
  readonly links: readonly Link[];
  readonly decisions: { readonly neverLink: readonly (readonly [number, number])[]; readonly neverUse: readonly number[] };
}

export const EMPTY_WORLD: WorldState = { links: [], decisions: { neverLink: [], neverUse: [] } };

const START = Date.UTC(2024, 0, 1);
/** Some are exactly the windows of 10 and of 30 days apart that the rules of the tests have. */
const day = fc.constantFrom(0, 1, 2, 20, 30, 32, 400);

/**
 * Worlds of identifiers of these rules' types, the strong ones as common as the weak. The first step sees most of what there is.
 * @param isGrowing claims come and nothing else ever happens.
 */
export function arbitraryWorld({ types }: EntityRules, steps: number, { isGrowing = false } = {}): fc.Arbitrary<World> {
  return fc.array(fc.integer({ min: 1, max: types.length }), { minLength: 2, maxLength: 12 }).chain((numbers) => {
    const node = fc.nat(numbers.length - 1);
    const link: fc.Arbitrary<Link> = fc.record({
      one: node,
      other: node,
      rule: fc.oneof(
        { weight: 6, arbitrary: fc.constant('declared' as const) },
        { weight: isGrowing ? 0 : 2, arbitrary: fc.constant('sighting' as const) },
        { weight: 1, arbitrary: fc.constantFrom('manual' as const, 'probabilistic' as const) },
      ),
      source: fc.constantFrom('web', 'pos'),
      first: fc.option(day, { freq: 8 }),
      lasted: fc.option(day, { freq: 8 }),
      seenCount: fc.integer({ min: 1, max: 3 }),
    });
    const see = link.map((seen): Change => ({ kind: 'see', link: seen }));
    const anyChange = fc.oneof(
      { weight: 6, arbitrary: see },
      { weight: 3, arbitrary: fc.nat(20).map((place): Change => ({ kind: 'unsee', place })) },
      { weight: 1, arbitrary: fc.tuple(node, node).map(([one, other]): Change => ({ kind: 'never_link', one, other })) },
      { weight: 1, arbitrary: node.map((unused): Change => ({ kind: 'never_use', node: unused })) },
      { weight: 1, arbitrary: fc.constant<Change>({ kind: 'revoke' }) },
    );
    const change = isGrowing ? see : anyChange;
    return fc.record({
      types: fc.constant(numbers),
      steps: fc
        .tuple(
          fc.array(see, { minLength: 1, maxLength: 2 * numbers.length }),
          fc.array(fc.array(change, { maxLength: 3 }), { minLength: steps - 1, maxLength: steps - 1 }),
        )
        .map(([first, others]) => [first, ...others]),
    });
  });
}

export function applyChanges(state: WorldState, changes: readonly Change[]): WorldState {
  let { links } = state;
  let { neverLink, neverUse } = state.decisions;
  for (const change of changes) {
    if (change.kind === 'see') links = [...links, change.link];
    else if (change.kind === 'unsee') links = links.filter((_, place) => place !== change.place % links.length);
    else if (change.kind === 'never_use') neverUse = [...new Set([...neverUse, change.node])];
    else if (change.kind === 'revoke') [neverLink, neverUse] = [[], []];
    else if (change.one !== change.other) neverLink = [...neverLink, [change.one, change.other]];
  }
  return { links, decisions: { neverLink, neverUse } };
}

/** The evidence of a world in the terms of the graph: a row per pair, rule and source. `place` of the world: its identifiers are its own. */
export function rowsOf({ types }: World, place: number, { links }: WorldState): EdgeRow[] {
  const at = (days: number | null) => (days === null ? null : START + days * DAY_MS);
  const rows = new Map<string, EdgeRow>();
  for (const link of links) {
    const ends = [link.one, link.other].map((local) => ({ node: nodeOf(place, local), type: types[local] ?? 0 }));
    const [a, b] = ends.toSorted((one, other) => (one.node < other.node ? -1 : 1));
    if (!a || !b) continue;
    const row: EdgeRow = {
      a: a.node,
      b: b.node,
      typeA: a.type,
      typeB: b.type,
      rule: link.rule,
      source: link.source,
      firstSeenAt: at(link.first),
      lastSeenAt: at(link.first === null || link.lasted === null ? null : link.first + link.lasted),
      seenCount: link.seenCount,
    };
    rows.set(`${row.a}-${row.b}-${row.rule}-${row.source}`, row);
  }
  return [...rows.values()];
}

export function decisionsOf(place: number, { decisions }: WorldState): Decisions {
  return {
    neverLink: decisions.neverLink.map(([one, other]) => [nodeOf(place, one), nodeOf(place, other)]),
    neverUse: decisions.neverUse.map((local) => nodeOf(place, local)),
  };
}

/** Spread over 64 bits like the hashes of real identifiers (the finalizer of SplitMix64). */
export function nodeOf(world: number, local: number): Node {
  const mask = 2n ** 64n - 1n;
  let mixed = (BigInt(world * 1_000 + local + 1) * 0x9e3779b97f4a7c15n) & mask;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
  return mixed ^ (mixed >> 31n);
}
