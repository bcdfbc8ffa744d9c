/** What becomes of each entity: whether the conditions hold for it, and what on the whole of the segment takes it away again. Pure. */
import { keyTypeOf } from '../catalogue/key-type.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, membersSql, wholeTools } from './compile.ts';
import { type CompiledConditions, type ConditionOptions, compileConditions } from './compile-conditions.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { wholeConditions } from './compile-whole.ts';
import { operand } from './predicate.ts';

/** The columns of `compileConditions`, and `standing`: one of STANDINGS (modifiers.ts). */
export function compileStanding(
  segment: CheckedSegment,
  context: CompileContext,
  { parameters = new Parameters(), ...options }: ConditionOptions = {},
): CompiledConditions {
  const { entity, whole } = segment;
  const conditions = compileConditions(segment, context, { ...options, parameters });
  const column = `standing_of.${quoteIdentifier(entity.key)}`;
  const key = keyTypeOf(entity).hasKey(column) === undefined ? column : `assumeNotNull(${column})`;
  const { excluded, isInSplit, isHeldOut } = wholeConditions(entity, whole, key, wholeTools(segment, context, parameters));
  // A place in an order cannot be seen from one row, so a limit is asked as membership in the whole result.
  const isWithin = (part: 'members' | 'holdout') => `${key} in ${subquery(membersSql(segment, context, part, parameters))}`;
  const heldOut = whole.limit ? `if(${isWithin('holdout')}, 'holdout', 'limit')` : "'holdout'";
  const cases = [
    "not c0, 'none'",
    ...excluded.map((is) => `${is.sql}, 'exclude'`),
    ...(isInSplit ? [`not ${operand(isInSplit)}, 'split'`] : []),
    ...(isHeldOut ? [`${isHeldOut.sql}, ${heldOut}`] : []),
    ...(whole.limit ? [`not (${isWithin('members')}), 'limit'`] : []),
  ];
  const sql = `select\n    *,\n    multiIf(${cases.join(', ')}, 'member') as standing\nfrom ${subquery(conditions.sql)} as standing_of`;
  return { ...conditions, sql, params: parameters.toObject() };
}
