/**
 * One declaration for each kind of document: all that the rest of the house has to know of it. A room exports its own, `document-kinds.ts` lists
 * them, and store, activations, schedule, job handlers, status and commands go through that list. No I/O.
 */
import * as z from 'zod';
import type { Path, Problem } from './problem.ts';
import { Schedule } from './schedule.ts';
import { problemsOf } from './zod-problems.ts';

/** A document as it runs, or as a file of activations/ says it. */
export interface NamedDocument {
  readonly kind: string;
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Where documents are looked up: the control plane, or a folder as the control plane would hold it. */
export interface DocumentReader {
  list(kind: string): Promise<readonly NamedDocument[]>;
  get(kind: string, id: string): Promise<NamedDocument | undefined>;
}

/** A document that another one names. */
export interface Reference {
  readonly kind: string;
  readonly id: string;
  /** In the document that names it. */
  readonly path: Path;
  /** What the document is made from: `after: source` waits for it. */
  readonly isSource: boolean;
}

/** Turns a document of the version `from` into one of `from` + 1. */
export interface DocumentMigration {
  readonly from: number;
  apply(document: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** Where a check puts what it finds. The document is the very object that the check was handed; `code` is that of the error that said so. */
export interface CheckFindings {
  /** Keeps everything from being applied. */
  wrong(document: NamedDocument, problems: readonly Problem[], code?: string): void;
  /** May come right by itself. */
  doubtful(document: NamedDocument, problems: readonly Problem[], code?: string): void;
}

/** A document with what a file beside it says, or why that file cannot be used. */
export type Attached = { readonly document: Readonly<Record<string, unknown>> } | { readonly problems: readonly Problem[] };

export interface CheckRequest<Deps> {
  /** All of the kind whose shape is right. */
  readonly documents: readonly NamedDocument[];
  /** All documents of all kinds, also those whose shape is wrong. */
  readonly folder: DocumentReader;
  readonly findings: CheckFindings;
  readonly deps: Deps;
  /** Folder in which the documents of the kind stand; undefined where they were sent. */
  readonly path?: string;
}

export interface ReachRequest<Deps> {
  readonly id: string;
  /** The document as it will be; as it was, where it is removed. */
  readonly document: NamedDocument['document'];
  /** Documents that name this one, as they run now and as they will; in order of their ids. */
  readonly referrers: readonly Pick<NamedDocument, 'kind' | 'id'>[];
  readonly deps: Deps;
}

/** Whom a change of a document reaches, as far as that is known without running anything. */
export interface DocumentReach {
  /** What follows on `The segment x is new`: `it has 12 published members`. */
  readonly clauses: readonly string[];
  /** People or things that are in it now; null where nothing is published. */
  readonly members?: number | null;
  /** Rows that it has left at destinations. */
  readonly rowsThere?: number;
}

/** A table that a document reads; without `database` a table of that name in any. */
export interface ReadTable {
  readonly database?: string;
  readonly table: string;
}

export interface JobOutcome {
  /** Whether what is scheduled after this job may start. */
  readonly succeeded: boolean;
  /** Kept with the job: a few ids and counts, no rows. */
  readonly summary: Readonly<Record<string, string | number>>;
}

/** What is done again and again for each document of the kind. */
export interface DocumentJob<RunDeps> {
  /** Second half of the job's name: `publish` makes `segment.publish`. */
  readonly verb: string;
  /** What a person may ask of one run, beside the id. */
  readonly options?: z.ZodRawShape;
  /** @param request `id` and what `options` allows, checked. */
  readonly run: (
    request: Readonly<Record<string, unknown>> & { readonly id: string },
    deps: RunDeps,
    signal: AbortSignal,
  ) => Promise<JobOutcome>;
  /**
   * The tables that a document reads: after a build of some models only what reads one of them is run.
   * @returns undefined of a document that cannot be used as it is: then it runs, and says why.
   */
  readonly reads: (deps: RunDeps) => Promise<(id: string) => readonly ReadTable[] | undefined>;
}

/**
 * @template CheckDeps what a check is handed; in a check of a project alone there is no warehouse.
 * @template PlanDeps what is handed to look at what a change reaches.
 * @template RunDeps what a job is handed. A list may hand more than a kind asks for, so kinds of different rooms stand in one list.
 */
export interface DocumentKind<CheckDeps = never, PlanDeps = never, RunDeps = never> {
  /** `segment`: the first part of subjects and names of jobs. One lower-case word. */
  readonly kind: string;
  /** Of activations/: `segments`. */
  readonly folder: string;
  readonly schema: z.ZodType;
  /** From its first version to this one, in order. */
  readonly migrations: readonly DocumentMigration[];
  /** Files in the folder that are no documents, but that documents name. Documents that are sent have none. */
  readonly attachments?: {
    readonly names: RegExp;
    /** @param folder in which the document stands. */
    readonly attach: (document: Readonly<Record<string, unknown>>, folder: string) => Promise<Attached>;
  };
  /** What is wrong with the shape of a document, where the room says it better than zod does. */
  problemsOf?(document: unknown): readonly Problem[];
  /** In reading order. Of a document that was stored by another version it reads what it can. */
  references(document: unknown): readonly Reference[];
  /** Whether the documents can work. A document that is missing need not be told: the caller of the check does that for all kinds. */
  readonly check: (request: CheckRequest<CheckDeps>) => Promise<void>;
  readonly reach: (request: ReachRequest<PlanDeps>) => Promise<DocumentReach>;
  /** What stays behind when the document is removed, a sentence each. */
  readonly leaves: (id: string, deps: PlanDeps) => Promise<readonly string[]>;
  /** Left out where nothing runs: a destination is only written to. */
  readonly job?: DocumentJob<RunDeps>;
}

/** What is wrong with the shape of a document; none when it can be read. */
export function shapeProblems(kind: Pick<DocumentKind, 'schema' | 'problemsOf'>, document: unknown): readonly Problem[] {
  if (kind.problemsOf) return kind.problemsOf(document);
  const parsed = kind.schema.safeParse(document);
  return parsed.success ? [] : problemsOf(parsed.error, { schema: kind.schema, document });
}

/** The references of a document that lead nowhere. */
export async function missingReferences(
  kind: Pick<DocumentKind, 'references'>,
  document: unknown,
  folder: Pick<DocumentReader, 'get'>,
): Promise<Reference[]> {
  const found = kind.references(document).map(async (reference) => ((await folder.get(reference.kind, reference.id)) ? [] : [reference]));
  return (await Promise.all(found)).flat();
}

/** Name of a document wherever its schedule or its work is recorded: `segment:lapsing`. */
export const subjectOfDocument = (kind: string, id: string) => `${kind}:${id}`;

export const jobNameOf = ({ kind }: Pick<DocumentKind, 'kind'>, { verb }: Pick<DocumentJob<never>, 'verb'>) => `${kind}.${verb}` as const;

const Scheduled = z.object({ schedule: Schedule.optional() });

/** Undefined without one, and where another version wrote one that this one cannot read. */
export const writtenSchedule = (document: unknown): Schedule | undefined => Scheduled.safeParse(document).data?.schedule;

/**
 * When a document runs, and the subjects whose success starts it. `source` is what it is made from; the build, where it is made from no document.
 * Undefined without a schedule, and where another version wrote one that this one cannot read.
 */
export function scheduleOf(
  kind: Pick<DocumentKind, 'references'>,
  document: unknown,
): { readonly schedule: Schedule; readonly triggers: readonly string[] } | undefined {
  const schedule = writtenSchedule(document);
  if (!schedule) return undefined;
  const named = 'after' in schedule ? schedule.after : [];
  const made = kind
    .references(document)
    .flatMap((reference) => (reference.isSource ? [subjectOfDocument(reference.kind, reference.id)] : []));
  const sources = made.length > 0 ? made : ['build'];
  return { schedule, triggers: named.flatMap((trigger) => (trigger === 'source' ? sources : [trigger])) };
}
