/** The change of a what-if: rules, decisions, or both. Pure. */
import { parse } from 'yaml';
import * as z from 'zod';
import type { Ruling } from './decision.ts';
import { errors } from './errors.ts';
import { RulesBlock } from './rules.ts';

export interface Change {
  /** A complete block of rules that replaces the project's. */
  readonly rules?: RulesBlock;
  /** Single values: path below `vars.sluice.identity` → value. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly decisions?: readonly Ruling[];
  /** Ids of decisions in force that the what-if treats as never made. */
  readonly withoutDecisions?: readonly string[];
}

export function isEmpty({ rules, set, decisions, withoutDecisions }: Change): boolean {
  const sizes = [Object.keys(set ?? {}).length, decisions?.length ?? 0, withoutDecisions?.length ?? 0];
  return rules === undefined && sizes.every((size) => size === 0);
}

/** `entities.person.identifiers.email.limit.max=3` → its path and value, which is read as YAML: numbers, true, lists. */
export function parseSetting(text: string): readonly [path: string, value: unknown] {
  const at = text.indexOf('=');
  if (at <= 0) throw errors.invalid_change(`--set takes path=value, not ${text}`);
  try {
    return [text.slice(0, at).trim(), parse(text.slice(at + 1)) as unknown];
  } catch (cause) {
    throw errors.invalid_change(`The value of ${text.slice(0, at)} is not YAML`, { cause });
  }
}

/**
 * Returns the rules with the changes applied; the given rules stay unchanged. A missing name is added: the macros check every rule, and
 * report a name without a meaning.
 * @throws CdpError `identity.invalid_change` when a path leads through a value that has no parts.
 */
export function changedRules(rules: RulesBlock, { rules: other, set = {} }: Pick<Change, 'rules' | 'set'>): RulesBlock {
  const changed: Record<string, unknown> = structuredClone(other ?? rules);
  for (const [path, value] of Object.entries(set)) setAt(changed, path, value);
  const block = RulesBlock.safeParse(changed);
  if (!block.success) throw errors.invalid_change(`The rules would not be rules any more (${Object.keys(set).join(', ')})`);
  return block.data;
}

/**
 * A change over HTTP may use only macros that the project's own rules name as normalisers: a macro is code with every right in the
 * warehouse.
 * @throws CdpError `identity.foreign_macro`.
 */
export function assertKnownMacros(project: RulesBlock, changed: RulesBlock): void {
  const known = new Set(macrosOf(project).map(({ macro }) => macro));
  const foreign = macrosOf(changed).find(({ macro }) => !known.has(macro));
  if (foreign === undefined) return;
  const names = known.size === 0 ? 'names none' : `names ${[...known].map(String).join(', ')}`;
  throw errors.foreign_macro(`vars.sluice.identity.${foreign.place} is the macro ${JSON.stringify(foreign.macro)}; the project ${names}`);
}

/** Every value in a place where a rule names a macro. */
function macrosOf({ entities }: RulesBlock): { readonly place: string; readonly macro: unknown }[] {
  return Object.entries(entities).flatMap(([entity, { identifiers }]) =>
    Object.entries(identifiers).flatMap(([type, rule]) => {
      const normalise = Named.safeParse(rule).data?.normalise;
      return normalise === undefined ? [] : [{ place: `entities.${entity}.identifiers.${type}.normalise.macro`, macro: normalise.macro }];
    }),
  );
}

const Named = z.object({ normalise: z.looseObject({ macro: z.unknown().refine((macro) => macro !== undefined) }) });

function setAt(rules: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  if ([...parts, last].some((part) => part === '' || part === '__proto__')) throw errors.invalid_change(`${path} is not a path of names`);
  let place = rules;
  parts.forEach((part, index) => {
    place[part] ??= {};
    const next = place[part];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) {
      throw errors.invalid_change(
        `vars.sluice.identity.${parts.slice(0, index + 1).join('.')} is a single value: nothing can be set below it`,
      );
    }
    place = next as Record<string, unknown>;
  });
  place[last] = value;
}
