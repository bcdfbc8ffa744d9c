/** A condition on a trait, on a comparison of two traits, or on an undeclared trait in a JSON column. Pure. */
import type { Entity, Trait } from '../../catalogue/catalogue.ts';
import type { NumberType } from '../../catalogue/column-kind.ts';
import { nearest, type Path } from '../../documents/problem.ts';
import { arithmeticOf, numberOf } from '../arithmetic.ts';
import { readJsonTest } from '../check-json-operator.ts';
import { isRanked, numberText, OPERATORS_OF, readTest } from '../check-operator.ts';
import { type CheckTools, NAMED_BY, operatorOf, PROPERTY_PART } from '../check-tools.ts';
import type { Addend, TraitComparison, TraitCondition, TraitRank } from '../checked.ts';
import type { Calculation } from '../language/calculation.ts';
import { OPERATORS, type Operator } from '../language/operators.ts';
import type { Rank } from '../language/rank.ts';
import type { TraitNode } from '../language/trait.ts';
import { OperatorProblem } from '../operator-problem.ts';

export function checkTrait(node: TraitNode, path: Path, tools: CheckTools): TraitCondition | undefined {
  if (isOpen(tools.entity, node.trait)) return checkOpenTrait(node, path, tools);
  const trait = tools.findTrait(node.trait, [...path, 'trait']);
  if (!trait) return undefined;
  const { operator, operand } = operatorOf(node, OPERATORS);
  return tools.fitting([...path, operator], () => {
    if (operator === 'top' || operator === 'bottom') {
      const test = checkRank(trait, operator, operand as Rank, [...path, operator], tools);
      return test && { kind: 'trait', path, trait, test };
    }
    if (isOtherTrait(operand)) {
      const other = findOther(operand.trait, [...path, operator, 'trait'], tools);
      if (other === trait && Object.keys(operand).length === 1)
        throw new OperatorProblem('is the trait itself: compare it with another one, or write `exists: true`', ['trait']);
      const test = other && checkCalculation(trait, compareTraits(trait, operator, other), operand, [...path, operator], tools);
      return test && { kind: 'trait', path, trait, test };
    }
    return { kind: 'trait', path, trait, test: readTest(trait.column.value, operator, operand) };
  });
}

function findOther(name: string, path: Path, tools: CheckTools): Trait | undefined {
  if (isOpen(tools.entity, name)) throw new OperatorProblem(`${name} has no declared type: it cannot be compared with another trait`);
  return tools.findTrait(name, path);
}

function checkRank(trait: Trait, end: TraitRank['end'], rank: Rank, path: Path, tools: CheckTools): TraitRank | undefined {
  const { kind } = trait.column.value;
  if (!isRanked(kind)) throw new OperatorProblem(`${end} does not fit a ${kind}: it takes numbers, dates and moments`);
  const take = rank.share === undefined ? { count: rank.count ?? 1 } : { share: String(rank.share) };
  if (rank.per === undefined) return { is: 'rank', end, take };
  const place = [...path, 'per', 'trait'];
  if (isOpen(tools.entity, rank.per.trait))
    return tools.report(place, `${rank.per.trait} has no declared type: entities cannot be grouped by it`);
  const per = tools.findTrait(rank.per.trait, place);
  if (per?.column.value.kind === 'list') return tools.report(place, `${per.name} is a list: entities are grouped by one value`);
  return per && { is: 'rank', end, take, per };
}

/** `{ trait: b, times: 0.5, plus: 10 }` */
function checkCalculation(
  trait: Trait,
  compared: TraitComparison,
  { times, plus, minus }: Calculation,
  path: Path,
  tools: CheckTools,
): TraitComparison | undefined {
  if (times === undefined && plus === undefined && minus === undefined) return compared;
  const { kind } = trait.column.value;
  if (kind !== 'number') throw new OperatorProblem(`${trait.name} is a ${kind}: only numbers are compared with a calculation`);
  const before = tools.problems.length;
  const factor = times === undefined ? undefined : tools.fitting([...path, 'times'], () => numberIn(times));
  const addends = [['+', 'plus', plus] as const, ['-', 'minus', minus] as const].flatMap(([sign, name, added]): Addend[] => {
    if (added === undefined) return [];
    const place = [...path, name];
    if (!isOtherTrait(added)) {
      const number = tools.fitting(place, () => numberIn(added));
      return number === undefined ? [] : [{ sign, number }];
    }
    const other = tools.fitting([...place, 'trait'], () => findOther(added.trait, [...place, 'trait'], tools));
    if (other && other.column.value.kind !== 'number')
      tools.report([...place, 'trait'], `${other.name} is a ${other.column.value.kind}: only numbers are added and subtracted`);
    return other ? [{ sign, trait: other }] : [];
  });
  if (isOtherTrait(plus) && isOtherTrait(minus))
    tools.report(path, 'is calculated from three traits: two are the most. Calculate one of them in a model, as a trait');
  if (tools.problems.length > before) return undefined;
  const test = { ...compared, ...(factor === undefined ? {} : { times: factor }), addends };
  if (arithmeticOf(numberOf(trait), test) === undefined) throw new OperatorProblem(TOO_WIDE);
  return test;
}

const TOO_WIDE =
  'may have more than 76 digits, which no number of the warehouse holds exactly: use fewer digits, or calculate it in a model, as a trait';

function numberIn(value: unknown): string {
  const number = numberText(value);
  if (number === undefined) throw new OperatorProblem(`expected a number, not the text ${JSON.stringify(value)}`);
  return number;
}

function isOpen({ openTraits, traits }: Entity, name: string): boolean {
  return openTraits !== undefined && name.startsWith(`${openTraits.column}.`) && !traits.has(name);
}

/** An undeclared trait: as with a property of an event, the operand decides the type of the comparison. */
function checkOpenTrait(node: TraitNode, path: Path, tools: CheckTools): TraitCondition | undefined {
  const { openTraits } = tools.entity;
  const [column = '', ...names] = node.trait.split('.');
  if (!openTraits || !names.every((name) => PROPERTY_PART.test(name)))
    return tools.report([...path, 'trait'], `a trait in ${column} ${NAMED_BY}`);
  warnAboutOpenTrait(node.trait, [...path, 'trait'], tools);
  const { operator, operand } = operatorOf(node, OPERATORS);
  return tools.fitting([...path, operator], () => {
    if (operator === 'top' || operator === 'bottom')
      throw new OperatorProblem(`${node.trait} has no declared type: ${operator} takes declared numbers, dates and moments`);
    if (isOtherTrait(operand)) throw new OperatorProblem(`${node.trait} has no declared type: it cannot be compared with another trait`);
    const { description, isPii, table } = openTraits;
    const trait: Trait = {
      name: node.trait,
      label: names.join('.'),
      description,
      type: 'JSON',
      column: { value: { kind: 'text', needsCast: false }, isNullable: true },
      isPii,
      table,
      path: [column, ...names],
    };
    return { kind: 'trait', path, trait, test: { is: 'json', names, test: readJsonTest(operator, operand) } };
  });
}

function warnAboutOpenTrait(name: string, path: Path, tools: CheckTools): void {
  const known = tools.world.openTraits?.map((trait) => trait.name);
  if (known === undefined || known.includes(name)) return;
  tools.warnings.push({ path, message: `no member of the entity has been seen with ${name}.`, suggestions: nearest(name, known) });
}

const isOtherTrait = (operand: unknown): operand is { trait: string } =>
  typeof operand === 'object' && operand !== null && 'trait' in operand;

const COMPARISON_OF: Partial<Record<Operator, TraitComparison['comparison']>> = {
  is: 'equal',
  is_not: 'different',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
  before: 'lt',
  after: 'gt',
};

function compareTraits(trait: Trait, operator: Operator, other: Trait): TraitComparison {
  const [kind, otherKind] = [trait.column.value.kind, other.column.value.kind];
  if (kind !== otherKind) throw new OperatorProblem(`${trait.name} is a ${kind} and ${other.name} a ${otherKind}: they cannot be compared`);
  const comparison = COMPARISON_OF[operator];
  if (comparison === undefined || kind === 'list' || !OPERATORS_OF[kind].includes(operator))
    throw new OperatorProblem(`${operator} does not compare two traits that are ${kind}s`);
  if (kind === 'number' && isTooWide(numberOf(trait), other)) throw new OperatorProblem(TOO_WIDE);
  return { is: 'trait', comparison, other };
}

/** A decimal is compared with an integer or another decimal in one decimal that holds both. Integers are compared as they are. */
function isTooWide(own: NumberType, other: Trait): boolean {
  const numbers = [own, numberOf(other)];
  const meetsDecimal = numbers.some(({ is }) => is === 'decimal') && numbers.every(({ is }) => is !== 'float');
  return meetsDecimal && arithmeticOf(own, { other }) === undefined;
}
