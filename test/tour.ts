/** Runs the commands that the README of a project tells, in their order. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { ProjectCommands } from './project-commands.ts';

const Key = z.object({ key: z.string() });

/**
 * Builds after the first command are of the project's own models, of what these read, and of what segments and catalogue ask of every project: the
 * rest of the package is the same for all, and takes its time.
 *
 * @returns what each command printed, by its words: `segment publish --all`.
 */
export async function takeTour({ app, run }: ProjectCommands, projectDir: string, prefix: string): Promise<ReadonlyMap<string, unknown>> {
  const ofProject = ['--select', `+package:${basename(projectDir)}`, '+profile_traits', 'events'];
  const printed = new Map<string, unknown>();
  let key = '';
  for (const line of await commandsOf(projectDir)) {
    const [program, ...words] = wordsOf(line);
    if (program === 'curl') {
      await send(await (await app.service()).url, key, words);
      continue;
    }
    const argv = words.slice(2).map((word) => word.replaceAll('sluice.', `${prefix}.`));
    if (program !== 'npx' || words.slice(0, 2).join(' ') !== '--no-install sluice') throw new Error(`Who runs this? ${line}`);
    // Is opened by whoever sends something to it.
    if (argv[0] === 'serve') continue;
    const result = await run(...argv, ...(argv[0] === 'build' && printed.size > 0 ? ofProject : []));
    printed.set(argv.join(' '), result);
    if (argv[0] === 'keys') ({ key } = Key.parse(result));
  }
  return printed;
}

async function commandsOf(projectDir: string): Promise<string[]> {
  const readme = await readFile(join(projectDir, 'README.md'), 'utf8');
  return [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));
}

const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, ...found]) => found.find((word) => word !== undefined) ?? '');

/** What curl does with `-u KEY: -H … -d @FILE ADDRESS`. */
async function send(url: string, key: string, words: readonly string[]): Promise<void> {
  const file = words.find((word) => word.startsWith('@'))?.slice(1) ?? '';
  const { pathname } = new URL(words.at(-1) ?? '');
  const response = await fetch(url + pathname, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, 'content-type': 'application/json' },
    body: await readFile(file, 'utf8'),
  });
  const answer = z.object({ success: z.boolean(), rejected: z.array(z.unknown()) }).parse(await response.json());
  if (!answer.success || answer.rejected.length > 0) throw new Error(`The service refused messages of ${file}: ${JSON.stringify(answer)}`);
}
