/** The identity rules as dbt_project.yml writes them: `vars.identity`. What they mean, and whether they hold, only the macros know. Pure. */
import { parse } from 'yaml';
import * as z from 'zod';
import { errors } from './errors.ts';
import type { KnownTypes } from './identifier.ts';

/** Only the names are read here. Everything else passes through to dbt, whose macros check it and say what is wrong with it. */
export const RulesBlock = z.looseObject({
  entities: z.record(
    z.string(),
    z.looseObject({ identifiers: z.record(z.string(), z.unknown()).default({}), composites: z.record(z.string(), z.unknown()).optional() }),
  ),
});
export type RulesBlock = z.output<typeof RulesBlock>;

/**
 * @param text YAML with `vars: { identity: … }`, or with `entities: …` alone.
 * @throws CdpError `identity.unreadable_rules`.
 */
export function rulesOf(text: string, place: string): RulesBlock {
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw errors.unreadable_rules(`${place} is not YAML`, { cause });
  }
  const project = z.looseObject({ vars: z.looseObject({ identity: RulesBlock }) }).safeParse(document);
  if (project.success) return project.data.vars.identity;
  const block = RulesBlock.safeParse(document);
  if (block.success) return block.data;
  throw errors.unreadable_rules(`${place} holds no identity rules`);
}

/** Types that a decision can name. A composite has no value that a person could write. */
export function knownTypes(rules: RulesBlock): KnownTypes {
  return new Map(Object.entries(rules.entities).map(([entity, { identifiers }]) => [entity, Object.keys(identifiers)]));
}
