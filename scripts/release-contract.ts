/** Writes down what this version promises, for the next ones to be held against: `npm run release-contract`, a step of a release. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRODUCT } from '../src/product.ts';
import { contractOf } from '../src/status/contract.ts';

const folder = join(PRODUCT.root, 'release');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'contract.json'), `${JSON.stringify(await contractOf(PRODUCT.root), null, 2)}\n`);
console.log('Written: release/contract.json');
