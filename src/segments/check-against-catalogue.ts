/** Checks a definition against the catalogue: traits, events, other segments. Finds all problems, not only the first. Pure. */
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import { problemsOfAsOf, warningsOfAsOf } from './as-of.ts';
import { CheckTools, type SegmentContext } from './check-tools.ts';
import { checkWhole } from './check-whole.ts';
import type { CheckedNode, CheckedSegment } from './checked.ts';
import type { Node, SegmentDefinition } from './definition.ts';
import { tooManyConditions } from './limits.ts';
import { checkAudience } from './nodes/audience.ts';
import { checkEvent } from './nodes/event.ts';
import { checkListed } from './nodes/list.ts';
import { checkRelated } from './nodes/related.ts';
import { checkSegmentReference } from './nodes/segment.ts';
import { checkSequence } from './nodes/sequence.ts';
import { checkSql } from './nodes/sql.ts';
import { checkTrait } from './nodes/trait.ts';
import { cycleThrough, referencesOf } from './references.ts';

export type CheckResult = (
  | { readonly ok: true; readonly segment: CheckedSegment }
  | { readonly ok: false; readonly problems: readonly Problem[] }
) & {
  /** Findings that stop nothing: names of events and properties that no data has yet, and conditions that `as_of` does not affect. */
  readonly warnings: readonly Problem[];
};

export function checkSegment(definition: SegmentDefinition, world: SegmentContext): CheckResult {
  const entity = world.catalogue.entities.get(definition.entity);
  if (!entity) {
    const known = [...world.catalogue.entities.keys()];
    const list = known.length > 0 ? `The catalogue has ${known.join(', ')}.` : 'The catalogue is empty: run `sluice build` first.';
    const problem = {
      path: ['entity'],
      message: `there is no entity ${definition.entity}. ${list}`,
      suggestions: nearest(definition.entity, known),
    };
    return { ok: false, problems: [problem], warnings: [] };
  }
  const tools = new CheckTools(entity, world);
  const { problems } = tools;
  const root = checkNode(definition.where, ['where'], tools);
  const whole = checkWhole(definition, tools);
  reportCycle(definition, tools);
  problems.push(...problemsOfAsOf(definition, world.now));
  if (root !== undefined) problems.push(...tooManyConditions(root));
  if (root === undefined || whole === undefined || problems.length > 0) return { ok: false, problems, warnings: tools.warnings };
  const references = [...new Set(referencesOf(definition).map(({ segment }) => segment))];
  const warnings = [...tools.warnings, ...warningsOfAsOf(definition, root, whole)];
  return { ok: true, segment: { definition, entity, root, whole, references }, warnings };
}

/** Undefined when a problem at or below this node was reported. */
function checkNode(node: Node, path: Path, tools: CheckTools): CheckedNode | undefined {
  if ('all' in node) return checkGroup('all', node.all, path, tools);
  if ('any' in node) return checkGroup('any', node.any, path, tools);
  if ('not' in node) {
    const child = checkNode(node.not, [...path, 'not'], tools);
    return child && { kind: 'not', path, child };
  }
  if ('trait' in node) return checkTrait(node, path, tools);
  if ('event' in node) return checkEvent(node, path, tools);
  if ('sequence' in node) return checkSequence(node, path, tools);
  if ('related' in node) return checkRelated(node, path, tools, checkNode);
  if ('sql' in node) return checkSql(node.sql, path, tools);
  if ('list' in node) return checkListed(node.list, path, tools);
  if ('audience' in node) return checkAudience(node.audience, path, tools);
  return checkSegmentReference(node.segment, path, tools);
}

function checkGroup(kind: 'all' | 'any', nodes: readonly Node[], path: Path, tools: CheckTools): CheckedNode {
  const children = nodes.flatMap((node, index) => checkNode(node, [...path, kind, index], tools) ?? []);
  return { kind, path, children };
}

function reportCycle(definition: SegmentDefinition, tools: CheckTools): void {
  const cycle = cycleThrough(definition, tools.world.segments);
  if (!cycle) return;
  tools.report(cycle.path, `is a cycle: ${cycle.ids.join(' → ')}. A segment cannot depend on itself.`);
}
