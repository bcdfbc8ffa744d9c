import { expect, test } from 'vitest';
import { connectors } from '../../connectors/registry.ts';
import { placeOf } from './address.ts';
import { DestinationDefinition, SyncDefinition } from './definition.ts';

interface Given {
  readonly connector: 'postgres' | 'webhook' | 'file';
  readonly config: Record<string, unknown>;
  readonly options?: Record<string, unknown>;
  readonly destination?: string;
  readonly key?: Record<string, string>;
}

function place({ connector: slug, config, options = {}, destination = 'there', key = { id: 'id' } }: Given) {
  const connector = connectors[slug];
  const object = connector?.objects.row;
  if (!connector || !object) throw new Error(slug);
  const sync = SyncDefinition.parse({ id: 's', title: 'S', source: { table: 'people' }, destination, object: 'row', mode: 'mirror', key });
  const definition = DestinationDefinition.parse({ id: destination, title: 'T', connector: slug });
  return placeOf(sync, definition, connector, object, { config: connector.config.parse(config), options: object.options.parse(options) });
}

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const database = (url: string, over: Partial<Given> & { schema?: string } = {}) =>
  place({
    connector: 'postgres',
    config: { url, ...(over.schema === undefined ? {} : { schema: over.schema }) },
    options: { table: 'people' },
    ...over,
  });
const hook = (url: string, key = secret) => place({ connector: 'webhook', config: { url, secret: key } });
const folder = (path: string, options = {}) => place({ connector: 'file', config: { folder: path }, options });

const base = database('postgresql://ada:pw@db.example.com/crm');

test.each([
  ['the password and the user', database('postgresql://grace:other@db.example.com/crm')],
  ['the default port written out', database('postgresql://ada:pw@db.example.com:5432/crm')],
  ['the case of the host, a dot at its end, TLS', database('postgres://ada:pw@DB.Example.com./crm?sslmode=require')],
  ['the name of the destination document', database('postgresql://ada:pw@db.example.com/crm', { destination: 'renamed' })],
  [
    'an option that does not say where',
    database('postgresql://ada:pw@db.example.com/crm', { options: { table: 'people', create_table: true } }),
  ],
])('%s: the same place', (_, same) => {
  expect(same.id).toBe(base.id);
});

test.each([
  ['host', database('postgresql://ada:pw@db2.example.com/crm')],
  ['port', database('postgresql://ada:pw@db.example.com:5433/crm')],
  ['database', database('postgresql://ada:pw@db.example.com/crm2')],
  ['case of the database', database('postgresql://ada:pw@db.example.com/CRM')],
  ['schema', database('postgresql://ada:pw@db.example.com/crm', { schema: 'sales' })],
  ['table', database('postgresql://ada:pw@db.example.com/crm', { options: { table: 'persons' } })],
  ['key', database('postgresql://ada:pw@db.example.com/crm', { key: { email: 'email' } })],
])('another %s: another place', (_, other) => {
  expect(other.id).not.toBe(base.id);
});

test('without a database in the URL PostgreSQL takes the name of the user, and so does the address', () => {
  expect(database('postgresql://crm:pw@db.example.com').id).toBe(database('postgresql://x:pw@db.example.com/crm').id);
});

test('a receiver is its host, its path and the parameters that are no credentials', () => {
  const one = hook('https://crm.example.com/hooks?account=7&token=abc');
  for (const url of [
    'https://crm.example.com/hooks?token=xyz&account=7',
    'https://user:pw@CRM.example.com:443/hooks?account=7#part',
    'http://crm.example.com/hooks?account=7&api_key=1&X-Signature=2',
  ])
    expect(hook(url).id, url).toBe(one.id);
  for (const url of [
    'https://crm.example.com/hooks?account=8',
    'https://crm.example.com/hooks',
    'https://crm.example.com/other?account=7',
    'https://crm.example.com:8443/hooks?account=7',
    'https://crm2.example.com/hooks?account=7',
  ])
    expect(hook(url).id, url).not.toBe(one.id);
  expect(hook('https://crm.example.com/x', `whsec_${Buffer.alloc(24, 2).toString('base64')}`).id).toBe(
    hook('https://crm.example.com/x').id,
  );
});

test('a folder is its path, however it is written', () => {
  expect(folder('/data/out/').id).toBe(folder('/data/./x/../out').id);
  expect(folder('/data/out', { format: 'jsonl' }).id).toBe(folder('/data/out').id);
  expect(folder('/data/out2').id).not.toBe(folder('/data/out').id);
  expect(folder('out').id).toBe(folder(`${process.cwd()}/out`).id);
});

test('the address that people read holds no user, no password, no token and no path of a receiver', () => {
  expect(base.address).toBe('postgres row host db.example.com:5432, database crm, schema public, table people');
  expect(hook('https://u:pw@hooks.example.com/services/T0/B0/Xsecret?token=abc').address).toBe('webhook row host hooks.example.com');
  expect(folder('/data/out').address).toBe('file row folder /data/out');
});
