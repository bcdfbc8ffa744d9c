/** A small project in a repository of its own: one entity of its own, without the package's identity, and samples to build on. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PRODUCT_DIR = fileURLToPath(new URL('..', import.meta.url));

const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': `name: shop
profile: company
model-paths: [models]
flags: { send_anonymous_usage_stats: false }
models: { sluice: { +enabled: false } }
`,
  'packages.yml': `packages:\n  - local: ${PRODUCT_DIR}\n`,
  // The company's own server: a check must not go there.
  'profiles.yml': `company:
  target: production
  outputs: { production: { type: clickhouse, host: 127.0.0.1, port: 9, schema: production, connect_timeout: 1 } }
`,
  'samples/README.md': 'Made up.\n',
  'samples/shop__customers.csv': `customer_id,email,visits
6f1f3f5e-1111-4222-8333-000000000001,jo@example.com,5
6f1f3f5e-1111-4222-8333-000000000002,ann@example.com,1
6f1f3f5e-1111-4222-8333-000000000003,li@example.com,9
`,
  'samples/events.jsonl': '{"type":"track","event":"Visited","userId":"jo","messageId":"m-1"}\n',
  'models/customers.sql': `select
    toUUID(assumeNotNull(customer_id)) as customer_id,
    assumeNotNull(email) as email,
    toUInt32(assumeNotNull(visits)) as visits
from {{ source('shop_raw', 'shop__customers') }}
`,
  'models/customers.yml': `sources:
  - name: shop_raw
    schema: "{{ env_var('SLUICE_RAW_DATABASE') }}"
    tables: [{ name: shop__customers }]
models:
  - name: customers
    config: { materialized: table, contract: { enforced: true } }
    meta: { sluice: { role: traits, entity: customer, key: customer_id } }
    columns:
      - { name: customer_id, data_type: UUID, data_tests: [unique] }
      - { name: email, data_type: String, meta: { sluice: { trait: true, pii: true } } }
      - { name: visits, data_type: UInt32, meta: { sluice: { trait: true } } }
`,
  'activations/segments/regulars.yml': 'id: regulars\ntitle: Regulars\nentity: customer\nwhere: { trait: visits, gte: 3 }\n',
  'activations/destinations/files.yml': 'id: files\ntitle: Files\nconnector: file\nconfig: { folder: env:SHOP_OUT }\n',
  'activations/syncs/regulars-to-files.yml': `id: regulars-to-files
title: Regulars, into files
source: { segment: regulars }
destination: files
object: row
mode: mirror
key: { email: email }
fields:
  visits: visits
`,
};

export interface CiProject {
  /** Of the project: the folder `shop` of the repository. */
  readonly dir: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

export async function ciProject(): Promise<CiProject> {
  const repository = await mkdtemp(join(tmpdir(), 'sluice-repository-'));
  await promisify(execFile)('git', ['init', '--quiet'], { cwd: repository });
  const dir = join(repository, 'shop');
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
  };
  await write(FILES);
  return { dir, write, remove: () => rm(repository, { recursive: true, force: true }) };
}
