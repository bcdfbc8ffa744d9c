/** What marketers ask for: forty audiences as documents, and as SQL that was written by hand (test/segments/audiences). */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { audienceCatalogue, createAudienceWorld, NOW, VERSIONS } from '../../test/segments/audience-world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { formatProblem } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { type CompileContext, compileSegment } from './compile.ts';
import { compileStanding } from './compile-standing.ts';
import { readDefinition } from './document.ts';

const FOLDER = new URL('../../test/segments/audiences/', import.meta.url);
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.yml') ? [file.slice(0, -'.yml'.length)] : []));
/** One that can be read in two ways has two files. */
const SAID = 40;

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createAudienceWorld(warehouse);
});
afterAll(async () => warehouse.close());

test(`all ${SAID} audiences that marketers ask for have exactly the members that SQL by hand finds, in both forms`, async () => {
  const batch = new Batch();
  for (const name of NAMES) addAudience(batch, name, audienceCatalogue(warehouse.prefix));
  batch.add('person', 'groupArray(toString(profile_id))', 'select profile_id from sluice.profiles');
  batch.add('account', 'groupArray(toString(account_id))', 'select account_id from sluice.accounts');
  const found = await batch.ask(warehouse);
  const populations = { person: found.get('person') ?? [], account: found.get('account') ?? [] };

  const wrong: unknown[] = [];
  for (const name of NAMES) {
    const [byHand = [], members = [], conditions = []] = ['hand', 'members', 'conditions'].map((form) => found.get(`${form} ${name}`));
    const all = populations[read(name).entity === 'account' ? 'account' : 'person'];
    const differing = all.filter((id) => new Set([byHand, members, conditions].map((list) => list.includes(id))).size > 1);
    const isTold = byHand.length > 0 && byHand.length < all.length;
    const isEqual = [members, conditions].every((list) => JSON.stringify(list) === JSON.stringify(byHand));
    if (!isTold || !isEqual)
      wrong.push({ name, byHand: byHand.length, members: members.length, conditions: conditions.length, differing: differing.slice(0, 3) });
  }
  expect(wrong).toEqual([]);
  expect(new Set(NAMES.map((name) => name.slice(0, 2))).size).toBe(SAID);
});

test('the page of the folder names each of them', () => {
  const page = readFileSync(new URL('README.md', FOLDER), 'utf8');
  const listed = [...page.matchAll(/^\| (\d\d) \| (.+) \| `(.+)` \|$/gm)].map(([, number, title, name]) => ({ number, title, name }));
  expect(listed).toEqual(NAMES.map((name) => ({ number: name.slice(0, 2), title: read(name).title, name })));
});

/** Many questions for lists of keys as one query, each with parameters of its own. */
class Batch {
  readonly #parts: string[] = [];
  readonly #params: Record<string, unknown> = {};

  /** `params` may have the same names in several questions. */
  add(tag: string, keys: string, sql: string, params: Readonly<Record<string, unknown>> = {}): void {
    const prefix = `q${this.#parts.length}_`;
    for (const [name, value] of Object.entries(params)) this.#params[`${prefix}${name}`] = value;
    const renamed = sql.replace(/\{(\w+):/g, `{${prefix}$1:`);
    this.#parts.push(`select '${tag}' as tag, arraySort(${keys}) as ids from (\n${renamed}\n)`);
  }

  async ask({ reader }: Warehouse): Promise<ReadonlyMap<string, readonly string[]>> {
    const query = defineQuery({
      name: 'test.audiences',
      sql: this.#parts.join('\nunion all\n'),
      params: z.looseObject({}),
      row: z.object({ tag: z.string(), ids: z.array(z.string()) }),
    });
    const rows = await reader.ask(query, this.#params, {
      settings: { join_use_nulls: 0, transform_null_in: 0, max_query_size: '10000000' },
    });
    return new Map(rows.map(({ tag, ids }) => [tag, ids]));
  }
}

function read(name: string) {
  return z.looseObject({ entity: z.string(), title: z.string() }).parse(parse(readFileSync(new URL(`${name}.yml`, FOLDER), 'utf8')));
}

function addAudience(batch: Batch, name: string, catalogue: Catalogue): void {
  const definition = definitionOf(`audience-${name}`, read(name));
  const published = [...VERSIONS.keys()].map((id) => [id, definitionOf(id, EVERYBODY)] as const);
  const checked = checkSegment(definition, { catalogue, segments: new Map(published) });
  if (!checked.ok) throw new Error([name, ...checked.problems.map((problem) => formatProblem(problem))].join('\n'));
  const { key } = checked.segment.entity;
  const keys = (among = '') => `groupArray${among && 'If'}(toString(${key})${among})`;
  const context: CompileContext = {
    now: new Date(NOW),
    timezone: 'Europe/Brussels',
    members: { database: warehouse.databases.state, table: 'segment_members' },
    versions: VERSIONS,
  };
  const [members, conditions] = [compileSegment(checked.segment, context), compileStanding(checked.segment, context)];
  batch.add(`hand ${name}`, keys(), readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'), { now: NOW.slice(0, -1) });
  batch.add(`members ${name}`, keys(), members.sql, members.params);
  batch.add(`conditions ${name}`, keys(", standing = 'member'"), conditions.sql, conditions.params);
}

const EVERYBODY = { title: 'Everybody', entity: 'person', where: { trait: 'city', exists: true } };

function definitionOf(id: string, rest: object) {
  const result = readDefinition({ id, title: id, ...rest });
  if (!result.ok) throw new Error([id, ...result.problems.map((problem) => formatProblem(problem))].join('\n'));
  return result.definition;
}
