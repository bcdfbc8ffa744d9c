/** The sentences of every example segment: `vitest -u` writes them. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { goldens } from '../../../test/segments/goldens.ts';
import { saidNames as names } from '../../../test/segments/said.ts';
import { readDefinition } from '../document.ts';
import { documentOf } from './document.ts';
import { LANGUAGES } from './language.ts';

test.each(LANGUAGES)('the example segments in sentences in %s', async (language) => {
  const said = goldens.map(({ name, definition }) => {
    const read = readDefinition({ id: name, title: name, entity: 'person', ...(parse(definition) as object) });
    if (!read.ok) throw new Error(`${name} cannot be read`);
    return documentOf(read.definition, { language, names });
  });
  await expect(`${said.join('\n\n')}\n`).toMatchFileSnapshot(`../../../test/segments/golden/sentences.${language}.txt`);
});
