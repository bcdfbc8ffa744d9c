/** `{ last: 30d }` as a window that the compiler takes. Pure. */
import type { Path } from '../documents/problem.ts';
import { assertInOrder, readDuration } from './check-operator.ts';
import type { CheckTools } from './check-tools.ts';
import type { TimeWindow } from './checked.ts';
import type { During } from './language/window.ts';

/** At any time when left out. */
export function readWindow(during: During | undefined, path: Path, tools: CheckTools): TimeWindow {
  if (during === undefined) return { is: 'always' };
  if (during.last !== undefined) return { is: 'last', seconds: readDuration(during.last) };
  if (during.between !== undefined) {
    const [near, far] = during.between;
    const window = { is: 'ago', nearSeconds: readDuration(near), farSeconds: readDuration(far) } as const;
    if (window.nearSeconds >= window.farSeconds) tools.report([...path, 'between'], `write the shorter length first: [${far}, ${near}]`);
    return window;
  }
  const { from, to } = during;
  if (from !== undefined && to !== undefined) tools.fitting([...path, 'to'], () => assertInOrder(from, to, `${to} is before ${from}`));
  const end = to === undefined ? {} : to.includes('T') ? { before: to } : { until: to };
  return { is: 'dates', ...(from === undefined ? {} : { from }), ...end };
}
