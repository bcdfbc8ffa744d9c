/** What destinations there can be, and what each takes: settings, objects and fields, as JSON Schema. */
import * as z from 'zod';
import type { Connector } from '../connector-kit/connector.ts';
import { defineErrors } from '../errors.ts';
import type { ConnectorListing } from './schema.ts';

const errors = defineErrors('connector', {
  not_found: {
    summary: 'There is no connector of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice connector list` prints them.',
  },
});

type Connectors = Readonly<Record<string, Connector>>;

export const listConnectors = (connectors: Connectors): ConnectorListing[] => Object.values(connectors).map(describe);

/** @throws CdpError `connector.not_found`. */
export function showConnector(connectors: Connectors, name: string): ConnectorListing {
  const found = Object.hasOwn(connectors, name) ? connectors[name] : undefined;
  if (!found) throw errors.not_found(`There is no connector ${name}; there are ${Object.keys(connectors).join(', ')}`);
  return describe(found);
}

function describe({ slug, title, config, objects, limits, erase, claims }: Connector): ConnectorListing {
  const schemaOf = (schema: z.ZodType): Record<string, unknown> => ({ ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) });
  return {
    slug,
    title,
    claims,
    limits,
    erase,
    config: schemaOf(config),
    objects: Object.fromEntries(
      Object.entries(objects).map(([name, object]) => [
        name,
        {
          title: object.title,
          modes: object.modes,
          is_idempotent: object.isIdempotent,
          batch: { ...object.batch },
          options: schemaOf(object.options),
          fields: schemaOf(object.fields),
        },
      ]),
    ),
  };
}
