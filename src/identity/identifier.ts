/** `type:value`, the form in which people write an identifier: `email:ada@example.com`. Pure. */
import { masked } from '../documents/mask.ts';
import { nearest } from '../documents/problem.ts';
import { errors } from './errors.ts';

export interface Identifier {
  readonly type: string;
  /** As it was given: the models normalise it. Personal data. */
  readonly value: string;
}

/** The identifier types that the rules name, by entity. */
export type KnownTypes = ReadonlyMap<string, readonly string[]>;

/** Addresses have at most 254. The warehouse takes no parameter that is much longer. */
const MAX_VALUE_LENGTH = 1_000;

const PROFILE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * @param text up to the first colon the type, then the value, which may hold colons.
 * @throws CdpError `identity.not_an_identifier`; the message repeats no value.
 */
export function parseIdentifier(text: string): Identifier {
  if (PROFILE_ID.test(text.trim())) {
    throw errors.not_an_identifier('A profile id was given where an identifier is needed', {
      hint: 'Sluice makes profile ids from the evidence, so decisions cannot be about them. `sluice identity explain <id>` lists its identifiers; decide about one of those.',
    });
  }
  const [, type, value] = /^\s*([a-z][a-z0-9_]*)\s*:([\s\S]*)$/i.exec(text) ?? [];
  if (type === undefined || value === undefined) throw errors.not_an_identifier('An identifier has the form type:value');
  if (value.length > MAX_VALUE_LENGTH)
    throw errors.not_an_identifier(`The identifier ${type}: has more than ${MAX_VALUE_LENGTH} characters`);
  if (value.trim() === '') throw errors.not_an_identifier(`The identifier ${type}: has no value`);
  return { type, value: value.trim() };
}

export const formatIdentifier = ({ type, value }: Identifier) => `${type}:${value}`;

/** Who asks may not see personal data: values of identifiers are masked in the answer, also within its sentences. */
export interface MaskOption {
  readonly isMasked?: boolean | undefined;
}

/** How an answer writes an identifier, given as `type:value`: masked, `email:a•••@h•••`, or as it is. */
export function writerOf({ isMasked = false }: MaskOption): (written: string) => string {
  if (!isMasked) return (written) => written;
  return (written) => {
    const value = written.indexOf(':') + 1;
    return `${written.slice(0, value)}${masked(written.slice(value))}`;
  };
}

/**
 * The entity of these identifiers: the one that is asked for, else the only one that has all their types.
 * @throws CdpError `identity.unknown_type`, `identity.unknown_entity`, `identity.ambiguous_entity`.
 */
export function entityOf(identifiers: readonly Identifier[], known: KnownTypes, asked?: string): string {
  if (asked !== undefined && !known.has(asked)) {
    throw errors.unknown_entity(`There is no entity ${asked}; there are ${[...known.keys()].join(', ')}`);
  }
  const candidates = asked === undefined ? [...known.keys()] : [asked];
  const fitting = candidates.filter((entity) => identifiers.every(({ type }) => known.get(entity)?.includes(type)));
  const [entity, another] = fitting;
  if (entity === undefined) throw noEntityFor(identifiers, candidates, known);
  if (another !== undefined) {
    throw errors.ambiguous_entity(`${identifiers.map(({ type }) => type).join(' and ')}: identifiers of ${fitting.join(' and of ')}`);
  }
  return entity;
}

function noEntityFor(identifiers: readonly Identifier[], entities: readonly string[], known: KnownTypes): Error {
  const types = entities.flatMap((entity) => known.get(entity) ?? []);
  const stranger = identifiers.find(({ type }) => !types.includes(type))?.type;
  if (stranger === undefined) {
    return errors.unknown_type(`No entity has both ${identifiers.map(({ type }) => type).join(' and ')}`);
  }
  const [near] = nearest(stranger, types);
  const meant = near === undefined ? `; there are ${types.join(', ')}` : `. Did you mean ${near}?`;
  return errors.unknown_type(`There is no identifier type ${stranger} of ${entities.join(' or ')}${meant}`);
}
