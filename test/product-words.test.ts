import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** What the demo is about, and the names of its sources. "Campaign" alone is a word of every site's addresses (utm_campaign). */
const WORDS = /\b(baby|coupons?|grocer\w*|tills?|receipts?|loyalty_id|stg_pos\w*|pos__\w+|campaign_sends|household_id|store_id)\b/i;
/** Of these every shop and every example of an entity may speak; the product itself has no need to. */
const ANYBODYS = ['household_id', 'store_id', 'receipt', 'receipts'];
/** Tests that look for such words, or read the demo's project or its data. */
const LOOKING = ['src/project/init.test.ts', 'src/identity/rules.test.ts', 'src/loads/load-files.warehouse.test.ts'];
/** A project of somebody who sells to companies has a CRM too; the package knows none. */
const CRM = /\b(stg_crm\w*|crm__\w+)\b/i;

test('the package, the service, the connectors and their tests know nothing of the demo', async () => {
  const { stdout } = await promisify(execFile)('git', ['ls-files', 'models', 'sql', 'src', 'connectors', 'templates'], {
    cwd: new URL('..', import.meta.url),
  });
  const files = stdout.split('\n').filter((file) => file !== '' && !LOOKING.includes(file));
  expect(files.length).toBeGreaterThan(300);
  const found: string[] = [];
  for (const file of files) {
    const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8').catch(() => '');
    for (const [index, line] of text.split('\n').entries()) {
      const word = (WORDS.exec(line) ?? (file.startsWith('templates/') ? undefined : CRM.exec(line)))?.[0];
      const isAllowed = file.endsWith('.test.ts') && word !== undefined && (ANYBODYS.includes(word.toLowerCase()) || CRM.test(word));
      if (word !== undefined && !isAllowed) found.push(`${file}:${index + 1}: ${word}`);
    }
  }
  expect(found).toEqual([]);
});
