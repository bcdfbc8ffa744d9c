/** Whether what the activations folder says can work: shape, references, names. Finds all problems of all files, not only the first. */
import { join } from 'node:path';
import {
  type CheckFindings,
  type DocumentKind,
  type DocumentReader,
  missingReferences,
  type NamedDocument,
  scheduleOf,
  shapeProblems,
  writtenSchedule,
} from '../documents/kind.ts';
import { nearest, type Problem } from '../documents/problem.ts';
import type { ActivationFile, Activations, FileProblem } from './read.ts';

export interface Findings {
  /** Any of these keeps everything from being applied. */
  readonly problems: readonly FileProblem[];
  /** What may come right by itself: an event that no data has yet, a secret that is set where the service runs. */
  readonly warnings: readonly FileProblem[];
}

/** @param rooms what the kinds ask for to check their documents. */
export async function checkActivations<Rooms>(
  activations: Activations,
  kinds: readonly DocumentKind<Rooms>[],
  rooms: Rooms,
): Promise<Findings> {
  const findings = new Collected(activations);
  const folder = readerOf(activations);
  const runnable = kinds.filter(({ job }) => job !== undefined).map(({ kind }) => kind);
  for (const kind of kinds) {
    const documents: ActivationFile[] = [];
    for (const file of ofKind(activations, kind.kind)) {
      const problems = shapeProblems(kind, file.document);
      findings.wrong(file, problems);
      if (problems.length > 0) continue;
      documents.push(file);
      findings.wrong(file, triggersOfNoKind(kind, file, runnable));
      findings.wrong(file, missingTriggers(file, runnable, activations));
      for (const { kind: named, id, path } of await missingReferences(kind, file.document, folder)) {
        const known = ofKind(activations, named).map((other) => other.id);
        findings.wrong(file, [{ path, message: `there is no ${named} ${id}.`, suggestions: nearest(id, known) }]);
      }
    }
    const { path } = activations;
    await kind.check({ documents, folder, findings, deps: rooms, ...(path === undefined ? {} : { path: join(path, kind.folder) }) });
  }
  return findings;
}

/** The schema of a schedule takes the name of any kind: which there are, only the list of kinds knows. */
function triggersOfNoKind(kind: Pick<DocumentKind, 'references'>, { document }: ActivationFile, runnable: readonly string[]): Problem[] {
  const { triggers = [] } = scheduleOf(kind, document) ?? {};
  const unknown = triggers.filter((trigger) => trigger !== 'build' && !runnable.includes(trigger.slice(0, trigger.indexOf(':'))));
  const known = runnable.map((name) => `\`${name}:<id>\``).join(', ');
  return unknown.map((trigger) => ({
    path: ['schedule', 'after'],
    message: `${trigger} never runs: name \`source\`, \`build\`, ${known}`,
  }));
}

/** A document that is named, is of a kind that runs, and is not there; or that is the very one that waits. */
function missingTriggers({ kind, id, document }: ActivationFile, runnable: readonly string[], activations: Activations): Problem[] {
  const schedule = writtenSchedule(document);
  if (!schedule || !('after' in schedule)) return [];
  return schedule.after.flatMap((trigger) => {
    const [named = '', wanted] = trigger.split(':');
    if (wanted === undefined || !runnable.includes(named)) return [];
    const path = ['schedule', 'after'];
    if (named === kind && wanted === id) return [{ path, message: 'waits for itself, so it would never run' }];
    const known = ofKind(activations, named).map((other) => other.id);
    if (known.includes(wanted)) return [];
    return [{ path, message: `there is no ${named} ${wanted}.`, suggestions: nearest(wanted, known) }];
  });
}

class Collected implements Findings, CheckFindings {
  readonly problems: FileProblem[] = [];
  readonly warnings: FileProblem[] = [];
  readonly #files: readonly ActivationFile[];

  constructor({ files, problems }: Activations) {
    this.#files = files;
    this.problems.push(...problems);
  }

  wrong(document: NamedDocument, problems: readonly Problem[], code?: string): void {
    this.#add(this.problems, document, problems, code);
  }

  doubtful(document: NamedDocument, problems: readonly Problem[], code?: string): void {
    this.#add(this.warnings, document, problems, code);
  }

  /** A kind may say of a missing document what was said already, in the same words. */
  #add(list: FileProblem[], document: NamedDocument, problems: readonly Problem[], code: string | undefined): void {
    const found = this.#files.find((candidate) => candidate === document);
    if (!found) throw new Error(`${document.kind} ${document.id} is not among the documents that were to be checked`);
    for (const problem of found.written.locate(problems)) {
      const told = { ...problem, ...(code === undefined ? {} : { code }), file: found.file };
      if (!list.some((other) => sameFinding(other, told))) list.push(told);
    }
  }
}

const sameFinding = (one: FileProblem, other: FileProblem) =>
  one.file === other.file && one.message === other.message && JSON.stringify(one.path) === JSON.stringify(other.path);

function ofKind(activations: Activations, kind: string): readonly ActivationFile[] {
  return activations.files.filter((file) => file.kind === kind);
}

/** The folder as the control plane would hold it. */
export function readerOf(activations: Activations): DocumentReader {
  return {
    list: (kind) => Promise.resolve(ofKind(activations, kind)),
    get: (kind, id) => Promise.resolve(ofKind(activations, kind).find((candidate) => candidate.id === id)),
  };
}
