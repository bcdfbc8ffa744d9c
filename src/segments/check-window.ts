/** `{ last: 30d }` as a window that the compiler takes. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import type { Path } from '../documents/problem.ts';
import { readTimeWindow } from './check-time.ts';
import type { CheckTools } from './check-tools.ts';
import type { EventWindow, TimeWindow } from './checked.ts';
import type { During } from './language/window.ts';

/** At any time when left out, and where a problem was reported. */
export function readWindow(during: During | undefined, path: Path, tools: CheckTools): EventWindow {
  if (during === undefined) return { is: 'always' };
  const { since, until, ...times } = during;
  if (since === undefined && until === undefined) return tools.fitting(path, () => readTimeWindow(times)) ?? { is: 'always' };
  const sinceTrait = since && momentTrait(since.trait, [...path, 'since', 'trait'], tools);
  const untilTrait = until && momentTrait(until.trait, [...path, 'until', 'trait'], tools);
  if (sinceTrait && sinceTrait === untilTrait && sinceTrait.column.value.kind === 'time')
    tools.report([...path, 'until', 'trait'], 'is the moment at which the window begins: nothing lies between the two');
  return { is: 'traits', ...(sinceTrait ? { since: sinceTrait } : {}), ...(untilTrait ? { until: untilTrait } : {}) };
}

/** For conditions that are about other rows than events alone. */
export function readFixedWindow(during: During | undefined, path: Path, tools: CheckTools): TimeWindow {
  const window = readWindow(during, path, tools);
  if (window.is !== 'traits') return window;
  tools.report(path, 'a window that begins or ends with a trait is for `event` alone: write a length, dates, `this` or `previous`');
  return { is: 'always' };
}

function momentTrait(name: string, path: Path, tools: CheckTools): Trait | undefined {
  const trait = tools.findTrait(name, path);
  if (trait === undefined) return undefined;
  const { kind } = trait.column.value;
  if (kind === 'date' || kind === 'time') return trait;
  return tools.report(path, `${name} is a ${kind}: a window begins or ends with a trait that is a date or a moment`);
}
