/** Notes of a successful build: data that it could not use, in numbers. A note needs no action. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { BuildNote, ModelResult } from './result.ts';

type Reader = Pick<Warehouse['owner'], 'ask'>;

/** A note is asked for when the model that holds its numbers was built. A new kind of note is one more line here. */
const SOURCES: readonly { readonly model: string; readonly read: (owner: Reader) => Promise<BuildNote[]> }[] = [
  { model: 'identity_violations', read: refusedLinks },
];

export async function readNotes(owner: Reader, models: readonly ModelResult[]): Promise<BuildNote[]> {
  const built = new Set(models.filter(({ status }) => status === 'success').map(({ name }) => name));
  const notes: BuildNote[] = [];
  for (const { model, read } of SOURCES) if (built.has(model)) notes.push(...(await read(owner)));
  return notes;
}

const limits = defineQuery({
  name: 'dbt.links_refused_by_limits',
  sql: `
    select
        entity,
        rule,
        count() as links
    from sluice.identity_violations
    where kind = 'limit'
    group by entity, rule
    order by entity, rule
  `,
  params: z.object({}),
  row: z.object({ entity: z.string(), rule: z.string(), links: z.coerce.number() }),
});

const EVIDENCE: Readonly<Record<string, string>> = {
  probabilistic: 'of the matching',
  sighting: 'of visits',
  declared: 'that sources declare',
};

async function refusedLinks(owner: Reader): Promise<BuildNote[]> {
  return (await owner.ask(limits, {})).map(({ entity, rule, links }) => ({
    code: 'identity.links_refused',
    count: links,
    message:
      `${links.toLocaleString('en')} ${links === 1 ? 'link' : 'links'} ${EVIDENCE[rule] ?? `of the rule ${rule}`} ${links === 1 ? 'was' : 'were'} refused by a limit: ` +
      `the ${entity} would hold more values of a type than the rules allow. sluice.identity_violations names them (kind = 'limit').`,
  }));
}
