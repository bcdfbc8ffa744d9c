/** Writes down what this version promises, for the next ones to be held against: `npm run release-contract`, a step of a release. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCUMENT_KINDS } from '../src/document-kinds.ts';
import { PRODUCT } from '../src/product.ts';
import { contractOf } from '../src/status/contract.ts';

const folder = join(PRODUCT.root, 'release');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'contract.json'), `${JSON.stringify(await contractOf(PRODUCT.root, DOCUMENT_KINDS), null, 2)}\n`);
console.log('Written: release/contract.json');
