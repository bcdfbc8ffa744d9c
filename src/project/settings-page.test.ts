import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { PRODUCT } from '../product.ts';

const read = (path: string) => readFile(join(PRODUCT.root, path), 'utf8');

test('docs/your-project.md names each setting of the package, and the default of each that is one value', async () => {
  const [, text = ''] = /\{# settings: #\}(.*)\{# end of settings #\}/s.exec(await read('sql/macros/settings.sql')) ?? [];
  const settings = z.record(z.string(), z.unknown()).parse(parse(text));
  const rows = [...(await read('docs/your-project.md')).matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, value]) => [name, value]);
  const told = new Map(rows.filter(([name]) => name !== 'orders' && name !== 'order_lines') as [string, string][]);
  expect([...told.keys()].sort()).toEqual(Object.keys(settings).sort());
  for (const [name, value] of Object.entries(settings)) {
    const isOneValue = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
    const shown = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
    if (isOneValue) expect([name, told.get(name)]).toEqual([name, `\`${shown}\``]);
  }
});
