/** The findings of a check, in the formats of code hosts. Pure. */
import { createHash } from 'node:crypto';
import { formatProblem, type Problem } from '../documents/problem.ts';

export type Level = 'error' | 'warning' | 'note';

export interface Finding extends Problem {
  readonly level: Level;
  /** The step that found it. */
  readonly step: string;
  /** Below the root of the repository; undefined where no file is to blame. */
  readonly file?: string;
}

export const FORMATS = ['text', 'github', 'gitlab'] as const;
export type Format = (typeof FORMATS)[number];

/** `activations/segments/x.yml:7:9 where.all[1].trait: there is no trait …`: in the form of `sluice plan`. */
export const asText = (finding: Finding): string => formatProblem(finding, finding.file);

/** The sentence about the place, without file, line and column. */
const sentenceOf = ({ line: _, column: __, ...problem }: Finding): string => formatProblem(problem);

const GITHUB_COMMANDS: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** A workflow command of GitHub Actions: `::error file=activations/segments/x.yml,line=3,col=5::sentence`. */
export function asGithub(finding: Finding): string {
  const properties = [
    ...(finding.file === undefined ? [] : [`file=${escapedProperty(finding.file)}`]),
    ...(finding.line === undefined ? [] : [`line=${finding.line}`]),
    ...(finding.column === undefined ? [] : [`col=${finding.column}`]),
  ].join(',');
  return `::${GITHUB_COMMANDS[finding.level]}${properties === '' ? '' : ` ${properties}`}::${escaped(sentenceOf(finding))}`;
}

const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapedProperty = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const GITLAB_SEVERITIES: Readonly<Record<Level, string>> = { error: 'major', warning: 'minor', note: 'info' };

/** A Code Quality report of GitLab. It requires a file and a line; a finding without a file is put at `projectFile`. */
export function asGitlab(findings: readonly Finding[], projectFile: string): string {
  const issues = findings.map((finding) => {
    const description = sentenceOf(finding);
    const path = finding.file ?? projectFile;
    return {
      description,
      check_name: `sluice/${finding.step}`,
      // The line is not part of it: an edit above must not make an old problem a new one.
      fingerprint: createHash('sha256')
        .update(JSON.stringify([path, description]))
        .digest('hex'),
      severity: GITLAB_SEVERITIES[finding.level],
      location: { path, lines: { begin: finding.line ?? 1 } },
    };
  });
  return JSON.stringify(issues, undefined, 2);
}
