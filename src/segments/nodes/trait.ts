/** A condition on a trait, on a comparison of two traits, or on an undeclared trait in a JSON column. Pure. */
import type { Entity, Trait } from '../../catalogue/catalogue.ts';
import { nearest, type Path } from '../../documents/problem.ts';
import { readJsonTest } from '../check-json-operator.ts';
import { OPERATORS_OF, readTest } from '../check-operator.ts';
import { type CheckTools, NAMED_BY, operatorOf, PROPERTY_PART } from '../check-tools.ts';
import type { TraitComparison, TraitCondition } from '../checked.ts';
import { OPERATORS, type Operator } from '../language/operators.ts';
import type { TraitNode } from '../language/trait.ts';
import { OperatorProblem } from '../operator-problem.ts';

export function checkTrait(node: TraitNode, path: Path, tools: CheckTools): TraitCondition | undefined {
  if (isOpen(tools.entity, node.trait)) return checkOpenTrait(node, path, tools);
  const trait = tools.findTrait(node.trait, [...path, 'trait']);
  if (!trait) return undefined;
  const { operator, operand } = operatorOf(node, OPERATORS);
  return tools.fitting([...path, operator], () => {
    if (isOtherTrait(operand)) {
      if (isOpen(tools.entity, operand.trait))
        throw new OperatorProblem(`${operand.trait} has no declared type: it cannot be compared with another trait`);
      const other = tools.findTrait(operand.trait, [...path, operator, 'trait']);
      return other && { kind: 'trait', path, trait, test: compareTraits(trait, operator, other) };
    }
    return { kind: 'trait', path, trait, test: readTest(trait.column.value, operator, operand) };
  });
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
  return { is: 'trait', comparison, other };
}
