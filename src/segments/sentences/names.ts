/** Names as people know them: labels of traits, titles of segments; and back. Pure. */
import type { Catalogue, Relation } from '../../catalogue/catalogue.ts';
import type { SegmentDefinition } from '../definition.ts';

export const NAME_KINDS = ['trait', 'event', 'property', 'relation', 'column', 'segment', 'list', 'audience', 'entity'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** Names of one kind: each is shown as one text, and no two as the same. */
export class NamesOfKind {
  readonly #shown: ReadonlyMap<string, string>;
  readonly #meant: ReadonlyMap<string, string>;
  /** By their first word in small letters: what may stand at a place is found without trying all. */
  readonly #byFirstWord = new Map<string, string[]>();

  /** @param labels of each name; a label that two names have, or that is another's name, is not used. */
  constructor(labels: ReadonlyMap<string, string>) {
    const uses = new Map<string, number>();
    for (const label of labels.values()) uses.set(label, (uses.get(label) ?? 0) + 1);
    const isOwn = (name: string, label: string) => label === name || (uses.get(label) === 1 && !labels.has(label));
    this.#shown = new Map([...labels].map(([name, label]) => [name, label !== '' && isOwn(name, label) ? label : name]));
    this.#meant = new Map([...this.#shown].map(([name, shown]) => [shown, name]));
    for (const shown of this.#meant.keys()) {
      const word = firstWord(shown);
      this.#byFirstWord.set(word, [...(this.#byFirstWord.get(word) ?? []), shown]);
    }
  }

  shown(name: string): string {
    return this.#shown.get(name) ?? name;
  }

  isKnown(shown: string): boolean {
    return this.#meant.has(shown);
  }

  /** A text that is no known name is the name itself. */
  meant(shown: string): string {
    return this.#meant.get(shown) ?? shown;
  }

  get all(): string[] {
    return [...this.#meant.keys()];
  }

  /** Known names with which the text goes on at that place; capitals only matter where two names differ by them. */
  startingAt(text: string, at: number): string[] {
    const same = (this.#byFirstWord.get(firstWord(text.slice(at, at + MAX_WORD))) ?? []).filter(
      (shown) => text.slice(at, at + shown.length).toLowerCase() === shown.toLowerCase(),
    );
    return same.filter(
      (shown) => text.startsWith(shown, at) || !same.some((other) => other.length === shown.length && text.startsWith(other, at)),
    );
  }
}

const MAX_WORD = 200;
const firstWord = (text: string) => (/^\S*/u.exec(text)?.[0] ?? '').replace(/[,;:)]+$/, '').toLowerCase();

export interface Names {
  readonly of: Readonly<Record<NameKind, NamesOfKind>>;
  /** Whether a trait of that name is a moment or a day. */
  isTime(trait: string): boolean;
}

export interface NamedWorld {
  readonly catalogue: Catalogue;
  readonly segments: ReadonlyMap<string, Pick<SegmentDefinition, 'title'>>;
  /** Static lists, by id. */
  readonly lists?: ReadonlyMap<string, { readonly title: string }> | undefined;
  /** Names of events that the data holds, where they are known. */
  readonly events?: readonly string[];
}

export function namesOf({ catalogue, segments, lists = new Map(), events = [] }: NamedWorld): Names {
  const entities = [...catalogue.entities.values()];
  const traits = entities.flatMap((entity) => [...entity.traits.values()]);
  const times = new Set(
    traits.filter(({ column }) => column.value.kind === 'date' || column.value.kind === 'time').map(({ name }) => name),
  );
  const streams = entities.flatMap((entity) => entity.streams);
  const declared = streams.flatMap(({ event }) => (event.is === 'constant' ? [event.name] : []));
  const itself = (names: readonly string[]) => new NamesOfKind(new Map(names.map((name) => [name, name])));
  return {
    of: {
      trait: new NamesOfKind(labelled(traits)),
      event: itself([...new Set([...declared, ...events])]),
      property: itself([
        ...new Set(streams.flatMap(({ properties }) => (properties.is === 'columns' ? [...properties.columns.keys()] : []))),
      ]),
      relation: new NamesOfKind(new Map(relationPaths(catalogue).map((path) => [path, path.replaceAll('.', ' → ')]))),
      column: itself([...new Set([...streams.flatMap(({ columns }) => [...columns.keys()]), ...columnsOf(catalogue)])]),
      segment: new NamesOfKind(new Map([...segments].map(([id, { title }]) => [id, title]))),
      list: new NamesOfKind(new Map([...lists].map(([id, { title }]) => [id, title]))),
      audience: itself([...catalogue.audiences.keys()]),
      entity: new NamesOfKind(labelled(entities)),
    },
    isTime: (trait) => times.has(trait),
  };
}

/** Traits of two entities may have one name: their label is used when both have the same. */
function labelled(named: readonly { readonly name: string; readonly label: string }[]): Map<string, string> {
  const labels = new Map<string, string>();
  for (const { name, label } of named) labels.set(name, labels.has(name) && labels.get(name) !== label ? name : label);
  return labels;
}

/** Longer paths are shown with their dots. */
const MAX_HOPS = 3;

function relationPaths({ entities, models }: Catalogue): string[] {
  const paths = new Set<string>();
  const follow = (related: readonly Relation[], before: string, hops: number): void => {
    for (const { name, to } of related) {
      const path = `${before}${name}`;
      paths.add(path);
      const end = 'entity' in to ? entities.get(to.entity) : models.get(to.model);
      if (hops < MAX_HOPS && end) follow(end.related, `${path}.`, hops + 1);
    }
  };
  for (const { related } of entities.values()) follow(related, '', 1);
  return [...paths];
}

const columnsOf = ({ entities, models }: Catalogue): string[] =>
  [...entities.values(), ...models.values()].flatMap(({ related }) => related.flatMap(({ columns }) => [...columns.keys()]));
