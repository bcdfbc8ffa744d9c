/** Why a link does not join its ends, in words. Pure. */
import { onDay } from './decision.ts';
import type { LinkObstacle } from './path-judge.ts';
import type { Guard, TypeRule } from './path-queries.ts';

/** `type:value` of a node. */
export type Names = ReadonlyMap<bigint, string>;

export function describeWhyNot(whyNot: LinkObstacle, names: Names, rules: readonly TypeRule[]): string {
  const name = (node: bigint) => names.get(node) ?? 'an identifier';
  switch (whyNot.is) {
    case 'unused': {
      const { a, kind, reason, decided_by, decided_at } = whyNot.decision;
      const what = kind === 'erase' ? 'was erased' : 'must not be used';
      return `${a} ${what}: ${decided_by} decided so${onDay(decided_at)} (${reason}).`;
    }
    case 'cap': {
      const { node_a: node, observed, allowed } = whyNot.guard;
      return `${name(node)} was seen with ${observed} ${typeOf(whyNot.guard, rules)} and may be with ${allowed}: it is shared or made up, and joins no profiles.`;
    }
    case 'sighting':
      return doubtOf(whyNot.because, name(whyNot.weak), whyNot.needed);
    case 'guard':
      return describeGuard(whyNot.guard, name, rules);
    case 'news':
      return 'Nothing speaks against it: the graph is older than this evidence. Run `sluice build`.';
  }
}

function doubtOf(because: 'rare' | 'several' | 'claimed', weak: string, needed: number): string {
  switch (because) {
    case 'rare':
      return `The two were only sighted together, fewer than ${needed} times: a coincidence is not ruled out.`;
    case 'several':
      return `The two were only sighted together, and ${weak} was also sighted with others: its owner is unknown.`;
    case 'claimed':
      return `The two were only sighted together, and other rows state the owner of ${weak}.`;
  }
}

function describeGuard(guard: Guard, name: (node: bigint) => string, rules: readonly TypeRule[]): string {
  const { kind, node_a, node_b, observed, allowed } = guard;
  const pair = `${name(node_a)} and ${name(node_b)}`;
  switch (kind) {
    case 'limit':
      return `Joining ${pair} would make a profile of ${observed} ${typeOf(guard, rules)}; it may have ${allowed}.`;
    case 'never_link':
      return `A manual decision says that the two sides of ${pair} are never one.`;
    case 'size':
      return `Together they would be a profile of ${observed} identifiers; at most ${allowed} are allowed. They stay as they were.`;
    case 'growth':
      return `A profile would gain ${observed} identifiers in one build; at most ${allowed} are allowed. They stay as they were.`;
    default:
      return `A guard of the kind ${kind} keeps ${pair} apart.`;
  }
}

/** The type that a guard counts. */
const typeOf = ({ type_number }: Guard, rules: readonly TypeRule[]) =>
  rules.find((rule) => rule.type_number === type_number)?.identifier_type ?? 'identifiers';
