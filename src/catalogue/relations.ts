/**
 * To which entity or model a model's rows belong (`meta.sluice.related`, or dbt's relationships tests with `related`), in both directions:
 * orders of a person, the person of an order, lines of an order. Pure.
 */

import { innerType } from '../sql/column-type.ts';
import { isSameTable, type TableName } from '../sql/sql-text.ts';
import { type TypedColumn, typedColumn } from './column-meta.ts';
import { errors } from './errors.ts';
import { columnOf, type Declaration, didYouMean, type RelatedDeclaration } from './meta.ts';
import { isUnique, isUniqueTogether, isWithin, type PublishedModel, tableOf } from './published-model.ts';

/** Where a relation starts or ends: an entity, or a model that is no entity. */
export type RelationEnd = { readonly entity: string } | { readonly model: string };

export interface Relation {
  /** Unique among the relations that start at the same place. */
  readonly name: string;
  /** Label of the model that it leads to. */
  readonly description: string;
  /** How many rows it leads to: `many` orders of a person, the `one` person of an order. */
  readonly cardinality: 'many' | 'one';
  readonly to: RelationEnd;
  /** The columns that are equal: where it starts, and in the table that it leads to. */
  readonly from: { readonly table: TableName; readonly column: string };
  readonly table: TableName;
  readonly column: string;
  /** Column of that table that identifies a row. */
  readonly key: string;
  /** Columns of that table that conditions can use, by name; only those with a type in the yml. */
  readonly columns: ReadonlyMap<string, TypedColumn>;
  /** Column of that table that says when a row happened, where windows name none: what the yml says, or the only one of such a type. */
  readonly time?: string;
  /** Declared types of the two columns that are equal; undefined where the yml states none. */
  readonly types: { readonly from: string | undefined; readonly to: string | undefined };
  /** Whether dbt tests that no row is there twice: of `many`, none with one foreign key and one key; of `one`, none with one `column`. */
  readonly isUnique: boolean;
  /** Whether dbt tests that every foreign key names a row, and the foreign key's type has no null. */
  readonly isWithin: boolean;
}

/** A model that is no entity, but that relations lead to. */
export interface RelatedModel {
  readonly name: string;
  readonly description: string;
  readonly table: TableName;
  readonly related: readonly Relation[];
}

/** What the relations need to know about an entity. */
export interface EntityPlace {
  readonly name: string;
  readonly key: string;
  readonly model: PublishedModel;
}

export interface Relations {
  readonly ofEntity: ReadonlyMap<string, readonly Relation[]>;
  readonly models: ReadonlyMap<string, RelatedModel>;
}

/** One foreign key: rows of `many` belong to rows of `one`. */
interface ForeignKey {
  readonly declared: RelatedDeclaration;
  readonly many: End;
  readonly one: End;
}

interface End {
  readonly place: RelationEnd;
  readonly model: PublishedModel;
  readonly column: string;
  readonly key: string;
}

/** @throws CdpError `catalogue.invalid`. */
export function readRelations(declarations: readonly Declaration[], entities: ReadonlyMap<string, EntityPlace>): Relations {
  const keys = withoutTwins(
    declarations.flatMap((declaration) =>
      declaration.related.map((related) => readForeignKey(declaration, related, declarations, entities)),
    ),
  );
  assertNoCircle(keys);
  const starting = new Map<string, Relation[]>();
  for (const { declared, many, one } of keys) {
    const facts = { isWithin: isWithin(many.model, many.column, one.model.name, one.column) };
    const isUniqueMany = isUnique(many.model, many.key) || isUniqueTogether(many.model, [many.column, many.key]);
    const time = declared.time ?? onlyTimeOf(many.model);
    add(starting, one.place, {
      ...leading(one, many),
      ...facts,
      ...(time === undefined ? {} : { time }),
      name: declared.name,
      cardinality: 'many',
      isUnique: isUniqueMany,
    });
    const oneTime = onlyTimeOf(one.model);
    add(starting, many.place, {
      ...leading(many, one),
      ...facts,
      ...(oneTime === undefined ? {} : { time: oneTime }),
      name: declared.inverse ?? nameOf(one.place),
      cardinality: 'one',
      isUnique: isUnique(one.model, one.column),
    });
  }
  const ends = keys.flatMap(({ many, one }) => [many, one]);
  const models = ends.flatMap(({ place, model }) =>
    'model' in place
      ? [
          [
            model.name,
            { name: model.name, description: model.description, table: tableOf(model), related: starting.get(idOf(place)) ?? [] },
          ] as const,
        ]
      : [],
  );
  return {
    ofEntity: new Map([...entities.keys()].map((name) => [name, starting.get(idOf({ entity: name })) ?? []])),
    models: new Map(models),
  };
}

const idOf = (place: RelationEnd) => ('entity' in place ? `entity ${place.entity}` : `model ${place.model}`);
export const nameOf = (place: RelationEnd) => ('entity' in place ? place.entity : place.model);

function readForeignKey(
  { model, rows, key }: Declaration,
  declared: RelatedDeclaration,
  declarations: readonly Declaration[],
  entities: ReadonlyMap<string, EntityPlace>,
): ForeignKey {
  const saying = `\`related\`, ${declared.name}`;
  columnOf(model, declared.foreign_key, saying);
  const own = declared.key ?? key;
  if (own === undefined)
    throw errors.invalid(
      `The relation ${declared.name} of the model ${model.name} says no key. Write \`key: …\` in it, or in meta.sluice of ${model.name}: the column that tells the rows apart.`,
    );
  columnOf(model, own, saying);
  if (declared.time !== undefined) assertTime(model, declared.time, saying);
  return {
    declared,
    many: { place: rows ? { entity: rows.entity } : { model: model.name }, model, column: declared.foreign_key, key: own },
    one: declared.entity === undefined ? ofModel(model, declared, declarations) : ofEntity(model, declared, declared.entity, entities),
  };
}

function assertTime(model: PublishedModel, name: string, saying: string): void {
  const column = columnOf(model, name, saying);
  const typed = typedColumn(model, column);
  if (typed && isTime(typed.column)) return;
  throw errors.invalid(
    `The meta.sluice of the model ${model.name} names ${name} as the time of its rows (${saying}), and it is not a time but ${column.dataType}. Name a Date or a DateTime64(3, 'UTC').`,
  );
}

function ofEntity(model: PublishedModel, { name }: RelatedDeclaration, wanted: string, entities: ReadonlyMap<string, EntityPlace>): End {
  const entity = entities.get(wanted);
  if (entity) return { place: { entity: wanted }, model: entity.model, column: entity.key, key: entity.key };
  throw errors.invalid(
    `The relation ${name} of the model ${model.name} leads to the entity ${wanted}, which no model declares.${didYouMean(wanted, entities.keys())} Declare it on the model with one row for each, \`entity: ${wanted}\`, or write \`model: …\`.`,
  );
}

function ofModel(model: PublishedModel, declared: RelatedDeclaration, declarations: readonly Declaration[]): End {
  const { name, model: wanted = '', field } = declared;
  const target = declarations.find((one) => one.model.name === wanted);
  if (!target) {
    const names = declarations.map((one) => one.model.name);
    throw errors.invalid(
      `The relation ${name} of the model ${model.name} leads to the model ${wanted}, which is not there.${didYouMean(wanted, names)}`,
    );
  }
  const column = field ?? target.key ?? onlyOne(target.related.flatMap(({ key }) => key ?? []));
  if (column === undefined)
    throw errors.invalid(
      `The relation ${name} of the model ${model.name} leads to the model ${wanted}, whose yml says no key. Write \`meta: { sluice: { key: … } }\` there: the column that ${model.name}.${declared.foreign_key} names.`,
    );
  columnOf(target.model, column, `the key that ${model.name}.${declared.foreign_key} names`);
  const place = target.rows ? { entity: target.rows.entity } : { model: wanted };
  return { place, model: target.model, column, key: target.key ?? column };
}

function onlyOne(names: readonly string[]): string | undefined {
  const [first, ...others] = new Set(names);
  return others.length === 0 ? first : undefined;
}

/** The yml and a dbt test may declare the same relation. */
function withoutTwins(keys: readonly ForeignKey[]): ForeignKey[] {
  const isTwin = (a: ForeignKey, b: ForeignKey) =>
    a.declared.name === b.declared.name && isSameEnd(a.many, b.many) && isSameEnd(a.one, b.one);
  return keys.filter((key, index) => keys.findIndex((other) => isTwin(key, other)) === index);
}

const isSameEnd = (a: End, b: End) => isSameTable(tableOf(a.model), tableOf(b.model)) && a.column === b.column;

function leading(start: End, end: End) {
  const { model, column, key, place } = end;
  return {
    description: model.description,
    to: place,
    from: { table: tableOf(start.model), column: start.column },
    table: tableOf(model),
    column,
    key,
    columns: columnsOf(model),
    types: { from: declaredType(start), to: declaredType(end) },
  };
}

const declaredType = ({ model, column }: End) => model.columns.find(({ name }) => name === column)?.dataType;

function onlyTimeOf(model: PublishedModel): string | undefined {
  return onlyOne([...columnsOf(model).values()].flatMap(({ name, column }) => (isTime(column) ? [name] : [])));
}

/** Whether ClickHouse can compare two columns of these types without changing one of them. */
export function isComparable(one: string, other: string): boolean {
  const [a, b] = [innerType(one), innerType(other)];
  if (a === b || (/^Date(32)?$/.test(a) && /^Date(32)?$/.test(b))) return true;
  const [first, second] = [wholeNumber(a), wholeNumber(b)];
  if (!first || !second) return false;
  const [wide, narrow] = first.bits >= second.bits ? [first, second] : [second, first];
  // There is no type of whole numbers that holds both a UInt64 and an Int64.
  return wide.isSigned === narrow.isSigned || (wide.isSigned && wide.bits > narrow.bits);
}

function wholeNumber(type: string): { readonly bits: number; readonly isSigned: boolean } | undefined {
  const [, unsigned, bits] = /^(U?)Int(8|16|32|64|128|256)$/.exec(type) ?? [];
  return bits === undefined ? undefined : { bits: Number(bits), isSigned: unsigned === '' };
}

/** A day or a moment. */
export const isTime = ({ value }: TypedColumn['column']) => value.kind === 'time' || value.kind === 'date';

function columnsOf(model: PublishedModel): ReadonlyMap<string, TypedColumn> {
  const typed = model.columns.flatMap((column) => (column.dataType === undefined ? [] : (typedColumn(model, column) ?? [])));
  return new Map(typed.map((column) => [column.name, column]));
}

function add(starting: Map<string, Relation[]>, place: RelationEnd, relation: Relation): void {
  const known = starting.get(idOf(place)) ?? [];
  const twin = known.find(({ name }) => name === relation.name);
  if (twin)
    throw errors.invalid(
      `${nameOf(place)} has two relations named ${relation.name}: to ${twin.table.table} (by ${columnsText(twin)}) and to ${relation.table.table} (by ${columnsText(relation)}). Give one of them another ${relation.cardinality === 'many' ? '`name`' : '`inverse` (the name of the way from many to one)'} in meta.sluice.related.`,
    );
  starting.set(idOf(place), [...known, relation]);
}

const columnsText = ({ from, table, column }: Relation) => `${from.table.table}.${from.column} = ${table.table}.${column}`;

/** Rows that belong to each other in a circle have no end. @throws CdpError that shows the circle. */
function assertNoCircle(keys: readonly ForeignKey[]): void {
  const away = Map.groupBy(keys, ({ many }) => idOf(many.place));
  const ended = new Set<string>();
  const walk = (place: string, way: readonly ForeignKey[]): void => {
    if (ended.has(place)) return;
    const start = way.findIndex(({ many }) => idOf(many.place) === place);
    if (start >= 0) throw errors.invalid(circleMessage(way.slice(start)));
    for (const key of away.get(place) ?? []) walk(idOf(key.one.place), [...way, key]);
    ended.add(place);
  };
  for (const place of away.keys()) walk(place, []);
}

function circleMessage(way: readonly ForeignKey[]): string {
  const places = [...way, ...way.slice(0, 1)].map(({ many }) => nameOf(many.place)).join(' → ');
  const columns = way.map(({ many }) => `${many.model.name}.${many.column}`).join(', ');
  return `Relations lead round in a circle: ${places} (by ${columns}). Rows cannot belong to each other in a circle: take \`related\` away from one of these columns.`;
}
