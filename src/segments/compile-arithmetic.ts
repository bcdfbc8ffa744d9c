/** `a > b * 0.5 + c`, exact where none of the columns is a float. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import { decimalText } from '../documents/numeral.ts';
import { type Arithmetic, arithmeticOf, numberOf, numeralOf } from './arithmetic.ts';
import type { TraitComparison } from './checked.ts';
import { SYMBOL } from './compile-number.ts';
import type { Value } from './compile-operator.ts';
import type { Parameters } from './compile-parameters.ts';
import { both, known, type Predicate, tight } from './predicate.ts';

/** `left` is the value of `trait`. Where one of the values is not known, the condition does not hold. */
export function comparesCalculated(
  trait: Trait,
  comparison: TraitComparison,
  read: (trait: Trait) => Value,
  parameters: Parameters,
): Predicate {
  const arithmetic = arithmeticOf(numberOf(trait), comparison);
  if (arithmetic === undefined) throw new Error('a calculation that no number can hold passed the check');
  const { other, times, addends = [] } = comparison;
  const [operand, constant] = [column(arithmetic, read), literal(arithmetic, parameters)];
  const product = times === undefined ? operand(other) : `${operand(other)} * ${constant(times)}`;
  const sum = [
    product,
    ...addends.map((addend) => `${addend.sign} ${'trait' in addend ? operand(addend.trait) : constant(addend.number)}`),
  ];
  const right = sum.join(' ');
  const left = compared(trait, read(trait).sql, right, arithmetic);
  const symbol = comparison.comparison === 'equal' ? '=' : comparison.comparison === 'different' ? '!=' : SYMBOL[comparison.comparison];
  // Not a number is no value: it differs from every number, and would be found by `is_not`.
  const numbers = [
    ...(numberOf(trait).is === 'float' ? [tight(`not isNaN(${left.own})`)] : []),
    ...(arithmetic.is === 'float' ? [tight(`not isNaN(${right})`)] : []),
  ];
  const condition = both([tight(`${left.own} ${symbol} ${left.result}`), ...numbers]);
  const values = [trait, other, ...addends.flatMap((addend) => ('trait' in addend ? [addend.trait] : []))].map(read);
  return values.some(({ isNullable }) => isNullable) ? known(condition) : condition;
}

function column(arithmetic: Arithmetic, read: (trait: Trait) => Value) {
  return (trait: Trait): string => {
    const { sql } = read(trait);
    const type = numberOf(trait);
    if (arithmetic.is === 'exact') return `toDecimal${arithmetic.decimal.bits}(${sql}, ${type.is === 'decimal' ? type.scale : 0})`;
    return type.is === 'float' && type.type === 'Float64' ? sql : `toFloat64(${sql})`;
  };
}

function literal(arithmetic: Arithmetic, parameters: Parameters) {
  return (number: string): string => {
    if (arithmetic.is === 'float') return parameters.add('Float64', String(Number(number)));
    const { units, scale } = numeralOf(number);
    return parameters.add(`Decimal(${arithmetic.decimal.digits}, ${scale})`, decimalText(units, scale));
  };
}

/**
 * Both sides as ClickHouse compares them exactly. Beside a float a result with digits after the point is the float nearest to it, and a
 * whole one stays what it is, as with a trait alone.
 */
function compared(trait: Trait, own: string, result: string, arithmetic: Arithmetic): { own: string; result: string } {
  const type = numberOf(trait);
  if (arithmetic.is === 'float') return { own: type.is === 'decimal' ? `toFloat64(${own})` : own, result };
  if (type.is !== 'float') return { own: `toDecimal${arithmetic.decimal.bits}(${own}, ${type.is === 'decimal' ? type.scale : 0})`, result };
  return { own, result: arithmetic.scale === 0 ? `toInt256(${result})` : `toFloat64(${result})` };
}
