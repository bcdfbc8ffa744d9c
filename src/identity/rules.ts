/** The identity rules as dbt_project.yml writes them: `vars.sluice.identity`. Only the macros know their meaning and check them. Pure. */
import { parse } from 'yaml';
import * as z from 'zod';
import { errors } from './errors.ts';
import type { KnownTypes } from './identifier.ts';

/** Only the names are read here. Everything else passes through to dbt, whose macros check it and report faults. */
export const RulesBlock = z.looseObject({
  entities: z.record(
    z.string(),
    z.looseObject({ identifiers: z.record(z.string(), z.unknown()).default({}), composites: z.record(z.string(), z.unknown()).optional() }),
  ),
});
export type RulesBlock = z.output<typeof RulesBlock>;

/**
 * @param text YAML with `vars: { sluice: { identity: … } }`, or with `entities: …` alone.
 * @throws CdpError `identity.unreadable_rules`.
 */
export function rulesOf(text: string, place: string): RulesBlock {
  const document = yamlOf(text, place);
  const project = ProjectWithRules.safeParse(document);
  if (project.success) return project.data.vars.sluice.identity;
  const block = RulesBlock.safeParse(document);
  if (block.success) return block.data;
  throw errors.unreadable_rules(`${place} holds no identity rules`);
}

const ProjectWithRules = z.looseObject({ vars: z.looseObject({ sluice: z.looseObject({ identity: RulesBlock }) }) });
const ProjectWithoutRules = z.looseObject({
  vars: z.looseObject({ sluice: z.looseObject({ identity: z.undefined().optional() }).nullish() }).nullish(),
});

/** Undefined for a dbt_project.yml that leaves the rules to the package. @throws CdpError `identity.unreadable_rules`. */
export function projectRulesOf(text: string, place: string): RulesBlock | undefined {
  return ProjectWithoutRules.safeParse(yamlOf(text, place)).success ? undefined : rulesOf(text, place);
}

/** The YAML between the two marks in the file of the package's settings. @throws CdpError `identity.unreadable_rules`. */
export function defaultRulesOf(text: string, place: string): RulesBlock {
  const [, settings] = /\{# settings: #\}\n(.*?)\{# end of settings #\}/s.exec(text) ?? [];
  const block = z.looseObject({ identity: RulesBlock }).safeParse(yamlOf(settings ?? '', place));
  if (block.success) return block.data.identity;
  throw errors.unreadable_rules(`${place} holds no identity rules`);
}

function yamlOf(text: string, place: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw errors.unreadable_rules(`${place} is not YAML`, { cause });
  }
}

/** Types that a decision can name. A composite type has no value that a person could write. */
export function knownTypes(rules: RulesBlock): KnownTypes {
  return new Map(Object.entries(rules.entities).map(([entity, { identifiers }]) => [entity, Object.keys(identifiers)]));
}
