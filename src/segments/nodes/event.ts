/** A condition on events: which, when, and what all of them together are. Pure. */
import type { Path } from '../../documents/problem.ts';
import { readParts } from '../check-events.ts';
import { measureNameOf, readMeasure, subjectOf } from '../check-measure.ts';
import type { CheckTools } from '../check-tools.ts';
import { readWindow } from '../check-window.ts';
import type { EventCondition } from '../checked.ts';
import type { EventNode } from '../language/event.ts';

/** Undefined when a problem was reported. */
export function checkEvent(node: EventNode, path: Path, tools: CheckTools): EventCondition | undefined {
  if (tools.entity.streams.length === 0)
    return tools.report([...path, 'event'], `no published model holds events of a ${tools.entity.name}`);
  const before = tools.problems.length;
  const { event, where } = node;
  const events = typeof event === 'object' && 'any' in event ? 'any' : [...new Set([event].flat())];
  const name = measureNameOf(node);
  const edge = name === 'first' || name === 'last' ? { edge: { is: name, ...node[name] } } : {};
  const parts = readParts({ event, where, subject: subjectOf(node, path), ...edge }, path, tools);
  const measure = readMeasure(node, path, tools);
  const during = readWindow(node.during, [...path, 'during'], tools);
  if (measure === undefined || tools.problems.length > before) return undefined;
  return { kind: 'event', path, events, measure, during, parts };
}
