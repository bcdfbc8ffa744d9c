/** A condition on events: how many, when, with which properties. Pure. */
import type { Path } from '../../documents/problem.ts';
import { readCount } from '../check-count.ts';
import { readParts } from '../check-events.ts';
import type { CheckTools } from '../check-tools.ts';
import { readWindow } from '../check-window.ts';
import type { EventCondition } from '../checked.ts';
import type { EventNode } from '../language/event.ts';

/** Undefined when a problem was reported. */
export function checkEvent(node: EventNode, path: Path, tools: CheckTools): EventCondition | undefined {
  if (tools.entity.streams.length === 0)
    return tools.report([...path, 'event'], `no published model holds events of a ${tools.entity.name}`);
  const before = tools.problems.length;
  const events = [...new Set([node.event].flat())];
  const parts = readParts(node, path, tools);
  const count = readCount(node.count, [...path, 'count'], tools);
  const during = readWindow(node.during, [...path, 'during'], tools);
  return tools.problems.length > before ? undefined : { kind: 'event', path, events, count, during, parts };
}
