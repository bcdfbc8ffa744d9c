/** Membership of a dbt model that is an audience. Pure. */
import { nearest, type Path } from '../../documents/problem.ts';
import type { CheckTools } from '../check-tools.ts';
import type { AudienceCondition } from '../checked.ts';

export function checkAudience(name: string, path: Path, tools: CheckTools): AudienceCondition | undefined {
  const place = [...path, 'audience'];
  const { audiences } = tools.world.catalogue;
  const audience = audiences.get(name);
  if (!audience) {
    const how = audiences.size > 0 ? '' : ' No model is one yet: its yml says so, `meta: { sluice: { audience: { entity: …, key: … } } }`.';
    return tools.report(place, `there is no model ${name} that is an audience.${how}`, nearest(name, audiences.keys()));
  }
  if (audience.entity !== tools.entity.name)
    return tools.report(place, `the audience ${name} is of ${audience.entity}, this condition of ${tools.entity.name}`);
  return { kind: 'audience', path, audience };
}
