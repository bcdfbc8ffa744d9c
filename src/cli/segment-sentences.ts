/** `sluice segment describe|from-sentence`: segments in sentences, and sentences as segments. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatProblem } from '../documents/problem.ts';
import { errors } from '../segments/errors.ts';
import { type Language, SentenceLanguage } from '../segments/sentences/language.ts';
import type { Action } from './command.ts';
import { type Named, named, targetOf } from './segment-target.ts';

export const LANGUAGE_OPTION = ['--language <language>', 'en or nl; else the language of the workspace'] as const;

/** @throws CdpError `segments.usage`. */
export function languageIn({ language }: { readonly language?: string }): Language | undefined {
  if (language === undefined) return undefined;
  const read = SentenceLanguage.safeParse(language);
  if (!read.success) throw errors.usage(`--language takes en or nl, not ${language}`);
  return read.data;
}

export function registerSentences(segment: Command, action: Action): void {
  named(segment.command('describe'))
    .description('Say a segment in sentences, as `segment from-sentence` reads them.')
    .option(...LANGUAGE_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  sluice segment describe lapsing-regulars --language nl
  sluice segment describe --file activations/segments/lapsing-regulars.yml`,
    )
    .action((name: string | undefined, options: Named & { language?: string }) =>
      action(async ({ app, terminal }) => {
        const { speakSegment } = await import('../segments/speaking.ts');
        const said = await speakSegment(await app.segments(), await targetOf(name, options), { language: languageIn(options) });
        terminal.result(said, () => said.text);
      }),
    );

  segment
    .command('from-sentence')
    .argument('[sentence]', 'a condition in a sentence, or all sentences of a segment')
    .description('Write the definition that sentences say, as YAML.')
    .option('--file <path>', 'read the sentences from this file instead')
    .option('--entity <name>', 'what a condition alone is of', 'person')
    .option(...LANGUAGE_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  sluice segment from-sentence "Order Completed at least 3 times in the last 90 days"
  sluice segment from-sentence --language nl --file gaat-ons-verlaten.txt > activations/segments/gaat-ons-verlaten.yml

Of a condition alone only its \`where\` is written. Nothing is applied.`,
    )
    .action((sentence: string | undefined, options: { file?: string; entity: string; language?: string }) =>
      action(async ({ app, terminal }) => {
        if ((sentence === undefined) === (options.file === undefined)) throw errors.usage('Give a sentence, or --file.');
        const [{ readSentences }, { stringify }] = await Promise.all([import('../segments/speaking.ts'), import('yaml')]);
        const text = sentence ?? (await textOf(options.file ?? ''));
        const read = await readSentences(await app.segments(), text, { language: languageIn(options), entity: options.entity });
        if (!read.is_valid) throw unread(read.problems, options.file);
        terminal.result(read, () => stringify(read.definition).trimEnd());
      }),
    );
}

const textOf = (file: string) =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.usage(`The file ${file} cannot be read`, { cause });
  });

type Found = {
  readonly path: string;
  readonly message: string;
  readonly suggestions: readonly string[];
  readonly line: number | null;
  readonly column: number | null;
};

function unread(problems: readonly Found[], file: string | undefined) {
  const lines = problems.map(({ path, line, column, ...problem }) =>
    formatProblem(
      { ...problem, path: path === '' ? [] : [path], ...(line === null ? {} : { line }), ...(column === null ? {} : { column }) },
      file,
    ),
  );
  return errors.invalid(`The sentences cannot be used:\n${lines.map((line) => `  ${line}`).join('\n')}`, { context: { problems: lines } });
}
