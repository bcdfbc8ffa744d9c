/** What the check of every kind of condition works with: the entity, the catalogue, and the list of problems. Pure. */
import type { Catalogue, Entity, Trait } from '../catalogue/catalogue.ts';
import type { PropertySample, SeenEvent } from '../catalogue/event-sample.ts';
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import type { SegmentDefinition } from './definition.ts';
import type { Operator } from './language/operators.ts';
import type { ListDefinition } from './lists/definition.ts';
import { OperatorProblem } from './operator-problem.ts';

export interface SegmentContext {
  readonly catalogue: Catalogue;
  /** All segments by id; the checked one may be among them. */
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  /** All lists of identifiers by id. Without it, there are none. */
  readonly lists?: ReadonlyMap<string, ListDefinition>;
  /** Events and properties that the data holds. Without it, their names are not checked. */
  readonly events?: readonly SeenEvent[];
  /** Undeclared traits that the data holds. Without it, their names are not checked. */
  readonly openTraits?: readonly PropertySample[];
  /** Whether conditions may be written in SQL (SLUICE_SEGMENT_SQL). */
  readonly allowsSql?: boolean;
  /** The moment that `as_of` is compared with. Without it, `as_of` is not checked. */
  readonly now?: { readonly at: Date /** Of the workspace, where it is known. */; readonly timezone?: string };
}

export class CheckTools {
  readonly problems: Problem[];
  /** Findings that stop nothing. */
  readonly warnings: Problem[];
  readonly entity: Entity;
  readonly world: SegmentContext;

  constructor(entity: Entity, world: SegmentContext, found: { problems: Problem[]; warnings: Problem[] } = { problems: [], warnings: [] }) {
    this.entity = entity;
    this.world = world;
    this.problems = found.problems;
    this.warnings = found.warnings;
  }

  /** For a condition on another entity within this segment: what it finds is found here. */
  of(entity: Entity): CheckTools {
    // What has been seen in the data is known of the segment's own entity only.
    const { events: _events, openTraits: _openTraits, ...world } = this.world;
    return new CheckTools(entity, entity.name === this.entity.name ? this.world : world, this);
  }

  findTrait(name: string, path: Path): Trait | undefined {
    const trait = this.entity.traits.get(name);
    if (trait) return trait;
    const related = this.entity.related.find((relation) => name === relation.name || name.startsWith(`${relation.name}.`));
    if (related)
      return this.report(
        path,
        `${related.name} are related rows of a ${this.entity.name} (${related.table.table}), no trait: write \`{ related: ${related.name} }\``,
      );
    return this.report(path, `there is no trait ${name} of a ${this.entity.name}.`, nearest(name, this.entity.traits.keys()));
  }

  /** Undefined, and a problem at `path`, when the operator or its operand does not fit. */
  fitting<T>(path: Path, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OperatorProblem)) throw error;
      return this.report([...path, ...error.at], error.message);
    }
  }

  /** Reported once: the same filter may be wrong in several streams. */
  report(path: Path, message: string, suggestions: readonly string[] = []): undefined {
    if (this.problems.some((problem) => problem.path.join() === path.join() && problem.message === message)) return;
    this.problems.push({ path, message, ...(suggestions.length > 0 ? { suggestions } : {}) });
  }
}

export const NAMED_BY = 'is named by letters, digits, spaces and _ - $ : /, with dots between the levels';

/** Characters that may be between backticks in a JSON path: no quote, backtick or backslash, so that a name cannot end its own quoting. */
export const PROPERTY_PART = /^[\p{L}\p{N}_$][\p{L}\p{N}_$ :/-]{0,199}$/u;

/** The one operator of a condition. */
export function operatorOf(node: object, operators: readonly Operator[]): { operator: Operator; operand: unknown } {
  const values = node as Partial<Record<Operator, unknown>>;
  const operator = operators.find((name) => values[name] !== undefined);
  if (operator === undefined) throw new Error('a condition without an operator passed the schema');
  return { operator, operand: values[operator] };
}
