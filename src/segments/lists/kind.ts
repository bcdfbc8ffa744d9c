/** Lists of identifiers as a kind of document. */
import * as z from 'zod';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CheckRequest, DocumentKind } from '../../documents/kind.ts';
import { nearest, type Problem } from '../../documents/problem.ts';
import { CdpError } from '../../errors.ts';
import { defineQuery } from '../../warehouse/query.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import type { IdentifiedBy } from '../checked.ts';
import { ListDefinition, versionOf, writtenValues } from './definition.ts';
import { attachFile, FILES, readListFile } from './file.ts';
import { identifiedBy } from './identified-by.ts';
import { resolveList } from './resolution.ts';
import { writeContent } from './stored.ts';

export interface ListCheckDeps {
  readonly catalogue: Catalogue;
  /** Undefined where there is none: then nothing is written, and types of identifiers are not looked up. */
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'databases'> | undefined;
}

export interface ListPlanDeps {
  readonly catalogue: Catalogue;
  readonly warehouse: Pick<Warehouse, 'reader' | 'databases'>;
}

export const listKind: DocumentKind<ListCheckDeps, ListPlanDeps, unknown> = {
  kind: 'list',
  folder: 'lists',
  schema: ListDefinition,
  migrations: [],
  attachments: { names: FILES, attach: attachFile },

  references: () => [],

  check: checkLists,

  async reach({ document, referrers, deps }) {
    const readers = referrers.map((referrer) => referrer.id).join(', ');
    const reading = readers === '' ? [] : [`${readers} ${referrers.length === 1 ? 'reads' : 'read'} it`];
    const named = await wordsOf(deps, document);
    return { clauses: [...named, ...reading] };
  },

  leaves: async () => ['Its values leave the warehouse with the next `sluice segment publish --all`, a day later at the earliest.'],
};

/** None where the list cannot be resolved: it is removed, or no build has made what it is resolved by. */
async function wordsOf({ catalogue, warehouse }: ListPlanDeps, document: unknown): Promise<string[]> {
  const definition = ListDefinition.safeParse(document).data;
  const entity = definition && catalogue.entities.get(definition.entity);
  const version = definition && versionOf(definition);
  const of = definition && entity && identifiedBy(entity, definition);
  if (!entity || version === undefined || !of || 'message' in of) return [];
  try {
    const { values, matched, shared, entities } = await resolveList(warehouse, entity, { list: definition.id, version, of });
    const count = (many: number) => many.toLocaleString('en');
    const several = shared === 0 ? [] : [`${count(shared)} of them name several`];
    return [
      `${count(matched)} of its ${count(values)} values name ${count(entities)} of the entity ${entity.name}, ${count(values - matched)} nobody`,
      ...several,
    ];
  } catch (error) {
    if (error instanceof CdpError) return [];
    throw error;
  }
}

async function checkLists({ documents, findings, deps, path }: CheckRequest<ListCheckDeps>): Promise<void> {
  const { catalogue, warehouse } = deps;
  for (const document of documents) {
    const definition = ListDefinition.parse(document.document);
    const entity = catalogue.entities.get(definition.entity);
    if (!entity) {
      const known = [...catalogue.entities.keys()];
      const message = `there is no entity ${definition.entity}.`;
      findings.wrong(document, [{ path: ['entity'], message, suggestions: nearest(definition.entity, known) }]);
      continue;
    }
    const of = identifiedBy(entity, definition);
    const wrong = 'message' in of ? [of] : warehouse ? await unknownType(warehouse, of) : [];
    findings.wrong(document, wrong);
    if (wrong.length > 0 || 'message' in of || warehouse === undefined) continue;
    findings.wrong(document, await write(warehouse, definition, of, path));
    if (definition.file === undefined && writtenValues(definition).length === 0)
      findings.doubtful(document, [{ path: ['values'], message: 'is empty: nobody is on the list' }]);
    if (definition.content?.values === 0)
      findings.doubtful(document, [{ path: ['file'], message: 'has no values: nobody is on the list' }]);
  }
}

const graphTypes = defineQuery({
  name: 'segments.identifier_types',
  sql: `
    select identifier_type
    from sluice_identity.identity_type_rules
    where entity = 'person'
      and not is_composite
    order by priority
  `,
  params: z.object({}),
  row: z.object({ identifier_type: z.string() }),
});

async function unknownType({ reader }: Pick<Warehouse, 'reader'>, of: IdentifiedBy): Promise<Problem[]> {
  if (of.is !== 'identifier') return [];
  const rows = await reader.ask(graphTypes, {}).catch((error: unknown) => {
    if (error instanceof CdpError && ['warehouse.unknown_name', 'warehouse.unknown_table'].includes(error.code)) return undefined;
    throw error;
  });
  const types = rows?.map((row) => row.identifier_type);
  // Before the first build nobody is known, by whatever type.
  if (types === undefined || types.includes(of.type)) return [];
  const message = `there is no type of identifiers ${of.type}; there are ${types.join(', ')}. A trait is named so: { trait: ${of.type} }`;
  return [{ path: ['of'], message, suggestions: nearest(of.type, types) }];
}

/** Puts the values into the warehouse, where the plan resolves them; who reads a list reads those of the applied document. */
async function write(
  warehouse: Pick<Warehouse, 'owner'>,
  definition: ListDefinition,
  of: IdentifiedBy,
  folder: string | undefined,
): Promise<Problem[]> {
  const { id: list, file, column } = definition;
  const version = versionOf(definition);
  if (version === undefined) return [{ path: ['file'], message: 'is only read from the folder activations/lists/: send `values`' }];
  const problems: Problem[] = [];
  const fromFile = async () => {
    const read = folder === undefined ? undefined : await readListFile(folder, file ?? '', column);
    if (read && 'values' in read && read.sha256 === definition.content?.sha256) return read.values;
    throw new ContentGone();
  };
  const values = file === undefined ? async () => writtenValues(definition) : fromFile;
  try {
    await writeContent(warehouse, { list, version, identifierType: of.is === 'identifier' ? of.type : '', values });
  } catch (error) {
    if (!(error instanceof ContentGone)) throw error;
    problems.push({ path: ['file'], message: 'is not in the warehouse as it was: apply the list from the folder that has the file' });
  }
  return problems;
}

class ContentGone extends Error {}
