/**
 * The schema of a segment's document as JSON Schema, for editors that complete and check `activations/segments/*.yml`. It is made from the
 * zod definition, so it cannot lack an operator. What JSON Schema cannot say (one operator for each condition, dates that exist) is left to
 * `sluice plan`. Pure.
 */
import * as z from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { SegmentDefinition } from './definition.ts';

/** Names that an editor offers. Others stay allowed: undeclared traits and new events have names that nobody knows yet. */
export interface KnownNames {
  readonly entity: readonly string[];
  readonly trait: readonly string[];
  readonly event: readonly string[];
  readonly segment: readonly string[];
}

type Json = { [name: string]: unknown };

/** JSON Schema, draft 2020-12. */
export function segmentJsonSchema(names?: KnownNames): Json {
  return z.toJSONSchema(SegmentDefinition, {
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      const properties = jsonSchema.properties as Json | undefined;
      if (properties === undefined || names === undefined) return;
      for (const [name, known] of Object.entries(names) as [keyof KnownNames, readonly string[]][]) {
        const plain = properties[name] as Json | undefined;
        if (plain === undefined || known.length === 0) continue;
        const forms = (plain.anyOf as Json[] | undefined) ?? [plain];
        // An event is one name, or several.
        if (forms.some(({ type }) => type === 'string'))
          properties[name] = { ...(plain.anyOf ? plain : {}), anyOf: [{ enum: known }, ...forms] };
      }
    },
  }) as Json;
}

/** Of the whole catalogue: an editor does not know which entity a document is of until it is written. */
export function knownNames({ entities }: Catalogue, events: readonly string[], segments: Iterable<string>): KnownNames {
  const all = [...entities.values()];
  const constants = all.flatMap(({ streams }) => streams.flatMap(({ event }) => (event.is === 'constant' ? [event.name] : [])));
  return {
    entity: [...entities.keys()].sort(),
    trait: [...new Set(all.flatMap(({ traits }) => [...traits.keys()]))].sort(),
    event: [...new Set([...constants, ...events])].sort(),
    segment: [...segments].sort(),
  };
}
