/** Finds the subject of a question: by the id of a profile or account, by a former id, or by one of its identifiers. */
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { errors } from './errors.ts';
import { entityOf, formatIdentifier, type KnownTypes, type MaskOption, parseIdentifier } from './identifier.ts';
import {
  aliasOf,
  canonicalIdOf,
  membersOf,
  normalised,
  ownersOf,
  type SeenIdentifier,
  seenIdentifiers,
  unlinkedIdentifiers,
} from './subject-queries.ts';

/** What explaining needs. It only reads, as the restricted user, so that it can do no more than any other reader. */
export interface ExplainDeps {
  readonly warehouse: { readonly reader: Pick<WarehouseClient, 'ask'> };
  /** From the present rules. */
  readonly types: () => Promise<KnownTypes>;
}

export interface AskOptions extends MaskOption {
  /** Needed when the type of an identifier belongs to several entities. */
  readonly entity?: string | undefined;
}

/** A profile of the entity person or account. */
export interface Profile {
  readonly entity: string;
  readonly profileId: string;
  readonly canonicalId: bigint;
  /** Numbers of its identifiers in the graph. */
  readonly nodes: readonly bigint[];
  /** False when it has more identifiers than were read. */
  readonly isComplete: boolean;
}

/** One identifier as the graph has it. */
export interface LocatedIdentifier {
  readonly entity: string;
  readonly node: bigint;
  readonly identifier: string;
  /** Null when no row ever showed it. */
  readonly seen: SeenIdentifier | null;
  /** Why its value identifies no person; '' for a usable one. */
  readonly blockReason: string;
  /** Why it is in no profile although it was seen and is usable; '' when it is in one, or the last build did not know it. */
  readonly unlinkedReason: string;
  readonly profileId: string | null;
}

export interface Subject {
  /** Null when the identifier that was asked for is in no profile. */
  readonly profile: Profile | null;
  /** The identifier that was asked for; null when an id was. */
  readonly located: LocatedIdentifier | null;
  /** The id that was asked for, when another id has replaced it since. */
  readonly former: { readonly profileId: string; readonly changedAt: string } | null;
}

/** A profile may have a thousand by default; this limits the reading when that limit was raised, or the graph has no rules. */
export const MAX_IDENTIFIERS = 20_000;

const isId = (text: string) => z.uuid().safeParse(text).success;

/**
 * @param asked an id, or `type:value` in any spelling.
 * @param entity needed when the type belongs to several entities.
 * @throws CdpError `identity.unknown_subject`, `identity.not_an_identifier`, `identity.unknown_type`, `identity.ambiguous_entity`.
 */
export async function findSubject(deps: ExplainDeps, asked: string, entity?: string): Promise<Subject> {
  const text = asked.trim();
  if (!isId(text)) {
    const located = await locate(deps, text, entity);
    const profile = located.profileId === null ? null : await readProfile(deps, located.profileId);
    return { profile: profile ?? null, located, former: null };
  }
  const id = text.toLowerCase();
  const profile = await readProfile(deps, id);
  if (profile) return { profile, located: null, former: null };
  const [alias] = await deps.warehouse.reader.ask(aliasOf, { profile_id: id });
  const current = alias && (await readProfile(deps, alias.profile_id));
  if (!current) throw errors.unknown_subject('No profile or account has this id, and none had it before');
  return { profile: current, located: null, former: { profileId: id, changedAt: alias.changed_at } };
}

/**
 * One identifier in the graph, whether or not it was ever seen.
 * @throws CdpError `identity.not_an_identifier`, `identity.unknown_type`, `identity.ambiguous_entity`, `identity.no_graph`.
 */
export async function locate(deps: ExplainDeps, text: string, asked?: string): Promise<LocatedIdentifier> {
  const { reader } = deps.warehouse;
  const identifier = parseIdentifier(text);
  const found = await reader.ask(normalised, identifier).catch(whereNoGraph);
  const [normal, another] = asked === undefined ? found : found.filter(({ entity }) => entity === asked);
  if (normal === undefined || another !== undefined) {
    // It says what is wrong with the type, unless only the graph does not know it.
    const entity = entityOf([identifier], await deps.types(), asked);
    throw errors.unknown_type(`The graph has no identifier type ${identifier.type} of ${entity} yet`, {
      hint: 'The rules name it, but the last build did not know it: run `sluice build`.',
    });
  }
  if (normal.identifier_value === '') throw errors.not_an_identifier(`Nothing is left of this ${identifier.type} once it is normalised`);
  const { entity, node, identifier_value: value, block_reason: blockReason } = normal;
  const [[seen], [owner]] = await Promise.all([reader.ask(seenIdentifiers, { nodes: [node] }), reader.ask(ownersOf, { nodes: [node] })]);
  const isOpen = owner === undefined && seen !== undefined && blockReason === '';
  const [unlinked] = isOpen ? await reader.ask(unlinkedIdentifiers, { nodes: [node] }) : [];
  return {
    entity,
    node,
    identifier: formatIdentifier({ type: identifier.type, value }),
    seen: seen ?? null,
    blockReason,
    unlinkedReason: unlinked?.reason ?? '',
    profileId: owner?.profile_id ?? null,
  };
}

/** Views with parameters are functions to ClickHouse: where no build has made them, its error would speak of a misspelt name. */
function whereNoGraph(error: unknown): never {
  if (error instanceof CdpError && error.code === 'warehouse.unknown_name')
    throw errors.no_graph('No build has made the identity graph yet', { cause: error });
  throw error;
}

/** Undefined when no profile or account has the id now. */
export async function readProfile({ warehouse: { reader } }: ExplainDeps, profileId: string): Promise<Profile | undefined> {
  const [key] = await reader.ask(canonicalIdOf, { profile_id: profileId }).catch(whereNoGraph);
  if (key === undefined) return undefined;
  const { canonical_id: canonicalId } = key;
  const members = await reader.ask(membersOf, { canonical_id: canonicalId, limit: MAX_IDENTIFIERS + 1 });
  const [first] = members;
  if (first === undefined || first.profile_id !== profileId) return undefined;
  return {
    entity: first.entity,
    profileId,
    canonicalId,
    nodes: members.slice(0, MAX_IDENTIFIERS).map(({ node }) => node),
    isComplete: members.length <= MAX_IDENTIFIERS,
  };
}
