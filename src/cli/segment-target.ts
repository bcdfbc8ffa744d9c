/** Which segment a command is about: an applied one by its id, or one that is being written, from its file. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import colors from 'picocolors';
import { formatProblem, type Problem } from '../documents/problem.ts';
import { errors } from '../segments/errors.ts';
import type { SegmentTarget } from '../segments/prepare.ts';
import type { Terminal } from './terminal.ts';

/** NAME of an applied segment, or `--file` for one that is being written. */
export interface Named {
  readonly file?: string;
}

export const named = (command: Command) =>
  command.argument('[name]', 'id of an applied segment').option('--file <path>', 'read the definition from this YAML file instead');

/** @throws CdpError `segments.usage`, `segments.invalid`. */
export async function targetOf(name: string | undefined, { file }: Named): Promise<SegmentTarget> {
  if ((name === undefined) === (file === undefined)) throw errors.usage('Give the id of an applied segment, or --file.');
  if (file === undefined) return { id: name ?? '' };
  const [{ readSegmentText }, { invalid }] = await Promise.all([import('../segments/document.ts'), import('../segments/definitions.ts')]);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.usage(`The file ${file} cannot be read`, { cause });
  });
  const { read, locate } = readSegmentText(text);
  if (!read.ok) throw invalid(file, read.problems, file);
  return { definition: read.definition, locate, file };
}

/** The condition in a YAML file, as it stands under `where`. It is checked where it is used. @throws CdpError `segments.usage`. */
export async function conditionOf(file: string): Promise<unknown> {
  const { parse } = await import('yaml');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.usage(`The file ${file} cannot be read`, { cause });
  });
  try {
    return parse(text);
  } catch (cause) {
    throw errors.usage(`The file ${file} is no YAML`, { cause });
  }
}

export function warn(terminal: Terminal, warnings: readonly Problem[], file: string | undefined): void {
  for (const warning of warnings) terminal.say(`${colors.yellow('!')} ${formatProblem(warning, file)}`);
}
