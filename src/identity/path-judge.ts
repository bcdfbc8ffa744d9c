/**
 * Which evidence joins its two identifiers, and why the rest does not: applies the guards of sql/macros/identity/solve_guards.sql to
 * evidence and findings.
 */
import type { DecisionRow } from './explain-queries.ts';
import type { Link } from './path-chain.ts';
import type { Evidence, Guard, TypeRule } from './path-queries.ts';

export type LinkObstacle =
  /** A manual decision says that an identifier must not be used. */
  | { readonly is: 'unused'; readonly decision: DecisionRow }
  /** An identifier touches too many others: it is shared or made up. */
  | { readonly is: 'cap'; readonly guard: Guard }
  /** The two were only sighted together, and the sightings are not enough. */
  | { readonly is: 'sighting'; readonly weak: bigint; readonly because: 'rare' | 'several' | 'claimed'; readonly needed: number }
  /** Joining them would break a limit, a never-link or a bound on size. */
  | { readonly is: 'guard'; readonly guard: Guard }
  /** Nothing prevents it: the graph is older than the evidence. */
  | { readonly is: 'news' };

/** All evidence about one pair. */
export interface EvidencePair extends Link {
  readonly evidence: readonly Evidence[];
  /** Null when the evidence joins the pair. */
  readonly whyNot: LinkObstacle | null;
}

export interface JudgedEvidence {
  readonly evidence: readonly Evidence[];
  readonly rules: readonly TypeRule[];
  readonly guards: readonly Guard[];
  readonly decisions: readonly DecisionRow[];
  /** Profile of each identifier that has one. */
  readonly owners: ReadonlyMap<bigint, string>;
}

/** One pair for each two identifiers that the evidence names together. A sighting is judged by all evidence about its weaker identifier. */
export function judge(grounds: JudgedEvidence): EvidencePair[] {
  const whyNotOf = judgement(grounds);
  return byPair(grounds.evidence).map((evidence) => {
    const judged = evidence.map((row) => ({ row, whyNot: whyNotOf(row) }));
    const counting = judged.filter(({ whyNot }) => whyNot === null).map(({ row }) => row);
    const [first] = judged as [(typeof judged)[number], ...typeof judged];
    const carrying = counting.length > 0 ? counting : evidence;
    return {
      a: first.row.a,
      b: first.row.b,
      evidence,
      rule_priority: Math.min(...carrying.map((row) => row.rule_priority)),
      seen_count: carrying.reduce((sum, row) => sum + row.seen_count, 0),
      whyNot: counting.length > 0 ? null : first.whyNot,
    };
  });
}

function byPair(evidence: readonly Evidence[]): Evidence[][] {
  const pairs = new Map<string, Evidence[]>();
  for (const row of evidence) {
    const key = `${row.a} ${row.b}`;
    const known = pairs.get(key);
    if (known) known.push(row);
    else pairs.set(key, [row]);
  }
  return [...pairs.values()].map((rows) => rows.sort((one, other) => one.rule_priority - other.rule_priority));
}

function judgement({ evidence, rules, guards, decisions, owners }: JudgedEvidence): (row: Evidence) => LinkObstacle | null {
  const unused = new Map(decisions.filter(({ kind }) => kind === 'never_use' || kind === 'erase').map((one) => [one.node_a, one]));
  const capped = new Map(guards.filter(({ kind }) => kind === 'cap').map((guard) => [guard.node_a, guard]));
  const sighted = sightings(evidence);
  const minimum = new Map(rules.map((rule) => [rule.type_number, rule.min_sightings]));

  return (row) => {
    const decision = unused.get(row.a) ?? unused.get(row.b);
    if (decision) return { is: 'unused', decision };
    const cap = capped.get(row.a) ?? capped.get(row.b);
    if (cap && row.rule !== 'manual') return { is: 'cap', guard: cap };
    if (row.rule === 'sighting') {
      const weak = weakEnd(row);
      const needed = minimum.get(typeOf(row, weak)) ?? 1;
      const because = sighted.doubt(weak, needed);
      if (because) return { is: 'sighting', weak, because, needed };
    }
    const [mine, theirs] = [owners.get(row.a), owners.get(row.b)];
    if (mine === theirs) return null;
    const guard = guards.find((one) => one.node_b !== 0n && isBetween(one, mine, theirs, owners));
    return guard ? { is: 'guard', guard } : { is: 'news' };
  };
}

function isBetween(guard: Guard, mine: string | undefined, theirs: string | undefined, owners: ReadonlyMap<bigint, string>): boolean {
  const ends = [owners.get(guard.node_a), owners.get(guard.node_b)];
  return ends.includes(mine) && ends.includes(theirs);
}

/** A sighting counts when the weaker identifier was sighted often enough, with one other identifier only, and no row claims its owner. */
function sightings(evidence: readonly Evidence[]) {
  const strong = new Map<bigint, Set<bigint>>();
  const seen = new Map<bigint, number>();
  const claimed = new Set<bigint>();
  for (const row of evidence) {
    const weak = weakEnd(row);
    if (row.rule === 'declared') claimed.add(weak);
    if (row.rule !== 'sighting') continue;
    strong.set(weak, (strong.get(weak) ?? new Set()).add(weak === row.a ? row.b : row.a));
    seen.set(weak, (seen.get(weak) ?? 0) + row.seen_count);
  }
  return {
    doubt(weak: bigint, needed: number): 'rare' | 'several' | 'claimed' | null {
      if (claimed.has(weak)) return 'claimed';
      if ((strong.get(weak)?.size ?? 0) > 1) return 'several';
      return (seen.get(weak) ?? 0) < needed ? 'rare' : null;
    },
  };
}

/** The end with the weaker type, which is the larger number; of two equal ones the larger node. */
function weakEnd({ a, b, type_number_a, type_number_b }: Evidence): bigint {
  if (type_number_a !== type_number_b) return type_number_a > type_number_b ? a : b;
  return a > b ? a : b;
}

const typeOf = (row: Evidence, node: bigint) => (node === row.a ? row.type_number_a : row.type_number_b);
