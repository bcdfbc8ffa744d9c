/** Membership of another segment. Pure. */
import { nearest, type Path } from '../../documents/problem.ts';
import type { CheckTools } from '../check-tools.ts';
import type { SegmentCondition } from '../checked.ts';

export function checkSegmentReference(segment: string, path: Path, tools: CheckTools): SegmentCondition | undefined {
  const other = tools.world.segments.get(segment);
  if (!other) {
    return tools.report([...path, 'segment'], `there is no segment ${segment}.`, nearest(segment, tools.world.segments.keys()));
  }
  if (other.entity !== tools.entity.name) {
    return tools.report([...path, 'segment'], `the segment ${segment} is of ${other.entity}, this one of ${tools.entity.name}`);
  }
  return { kind: 'segment', path, segment };
}
