/**
 * Columns that the yml of other models adds to the package tables: a model says `attribute: shirt_size` of a column, and `profiles` gets
 * it. Does the same as the macro `extend_contract` in a build (sql/macros/attributes.sql). Pure.
 */

import * as z from 'zod';
import { innerType } from '../sql/column-type.ts';

const EXTENDED = { person: 'model.sluice.profiles', account: 'model.sluice.accounts' } as const;
type Entity = keyof typeof EXTENDED;

const Said = z.looseObject({
  attribute: z.string(),
  entity: z.enum(['person', 'account']).default('person'),
  label: z.string().optional(),
  pii: z.boolean().optional(),
});

interface Column {
  readonly name: string;
  readonly description: string;
  readonly dataType: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
}

interface Model {
  readonly name: string;
  readonly uniqueId: string;
  readonly columns: readonly Column[];
}

/** Each declared attribute without a column of its own becomes a trait to segment by, with the name and description of its declaration. */
export function extendContracts<T extends Model>(models: readonly T[]): T[] {
  const declared = models.flatMap(({ name, columns }) =>
    columns.flatMap((column) => {
      const said = Said.safeParse(column.meta.sluice);
      return said.success ? [{ model: name, column, said: said.data }] : [];
    }),
  );
  return models.map((model) => {
    const entity = (Object.keys(EXTENDED) as Entity[]).find((name) => EXTENDED[name] === model.uniqueId);
    if (entity === undefined) return model;
    const has = new Set(model.columns.map(({ name }) => name));
    // The only column whose name differs from its attribute.
    if (has.has('phone_e164')) has.add('phone');
    const further = declared
      .filter(({ said }) => said.entity === entity && !has.has(said.attribute))
      .sort((one, other) => (one.model < other.model ? -1 : 1));
    const first = [...Map.groupBy(further, ({ said }) => said.attribute).values()].flatMap(([column]) => (column ? [column] : []));
    const columns = first.flatMap(({ model: source, column, said }): Column[] => [
      {
        name: said.attribute,
        description: column.description || `Declared by ${source}.`,
        dataType: `Nullable(${publishedType(column.dataType)})`,
        meta: { sluice: { trait: true, label: said.label ?? said.attribute, ...(said.pii === undefined ? {} : { pii: said.pii }) } },
      },
      ...(entity === 'person'
        ? [
            {
              name: `${said.attribute}_source`,
              description: `Source of ${said.attribute}.`,
              dataType: 'LowCardinality(Nullable(String))',
              meta: {},
            },
          ]
        : []),
    ]);
    return { ...model, columns: [...model.columns, ...columns] };
  });
}

/** Text when no type is stated; a time is in UTC, whatever zone its source has. */
function publishedType(declared = 'String'): string {
  const plain = innerType(declared);
  return plain.replace(/^DateTime64\((\d+).*$/s, "DateTime64($1, 'UTC')").replace(/^DateTime(\(.*)?$/s, "DateTime('UTC')");
}
