/**
 * Union-find in memory for graphs of any size that fits: the oracle of a partition with tens of millions of identifiers, and the distance to the limit.
 * An identifier is 64 bits, kept as two numbers of 32; it is found by open addressing in typed arrays.
 */

/** Share of the hash table that is used at most. */
const LOAD = 0.6;

export interface PartitionComparison {
  /** @param labelled (identifier, label) one after the other, packed as in `PackedComponents.join`. */
  add(labelled: Uint32Array): void;
  /**
   * In how many identifiers the two differ: those that come twice or that the other one does not know, those of a component under two labels, those
   * under a label of two components, and those that never came.
   */
  differences(): number;
}

export class PackedComponents {
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** By place of the identifier, in the order in which they came. */
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  readonly #parent: Int32Array;
  #nodes = 0;
  #joined = 0;

  /** @param maxNodes no more identifiers than this may come; 0 is a node like any other. */
  constructor(maxNodes: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, maxNodes / LOAD)));
    this.#slots = new Int32Array(slots).fill(-1);
    this.#mask = slots - 1;
    this.#low = new Uint32Array(maxNodes);
    this.#high = new Uint32Array(maxNodes);
    this.#parent = new Int32Array(maxNodes);
  }

  get nodes(): number {
    return this.#nodes;
  }

  get components(): number {
    return this.#nodes - this.#joined;
  }

  /** @param pairs (a, b) one after the other, each as its low and its high 32 bits: what ClickHouse's RowBinary gives for two UInt64. */
  join(pairs: Uint32Array): void {
    for (let at = 0; at + 3 < pairs.length; at += 4) {
      const one = this.#root(this.#place(pairs[at] ?? 0, pairs[at + 1] ?? 0));
      const other = this.#root(this.#place(pairs[at + 2] ?? 0, pairs[at + 3] ?? 0));
      if (one === other) continue;
      this.#parent[Math.max(one, other)] = Math.min(one, other);
      this.#joined += 1;
    }
  }

  /** Compares another partition of the same identifiers with this one. */
  compare(): PartitionComparison {
    const labelLow = new Uint32Array(this.#nodes);
    const labelHigh = new Uint32Array(this.#nodes);
    const isLabelled = new Uint8Array(this.#nodes);
    const isSeen = new Uint8Array(this.#nodes);
    const labels = new PackedComponents(this.components + 1);
    let wrong = 0;
    let missing = this.#nodes;
    const add = (low: number, high: number, labelOfLow: number, labelOfHigh: number) => {
      const place = this.#find(low, high);
      if (place < 0 || isSeen[place]) {
        wrong += 1;
        return;
      }
      isSeen[place] = 1;
      missing -= 1;
      const root = this.#root(place);
      if (isLabelled[root]) {
        if (labelLow[root] !== labelOfLow || labelHigh[root] !== labelOfHigh) wrong += 1;
        return;
      }
      // A label seen before stands for another component already; more labels than components cannot be right either.
      if (labels.nodes > this.components || !labels.#add(labelOfLow, labelOfHigh)) wrong += 1;
      isLabelled[root] = 1;
      labelLow[root] = labelOfLow;
      labelHigh[root] = labelOfHigh;
    };
    return {
      add(labelled) {
        for (let at = 0; at + 3 < labelled.length; at += 4)
          add(labelled[at] ?? 0, labelled[at + 1] ?? 0, labelled[at + 2] ?? 0, labelled[at + 3] ?? 0);
      },
      differences: () => wrong + missing,
    };
  }

  #slotOf(low: number, high: number): number {
    // Identifiers are hashes, but not those of every shape that is measured: mixed, so that neighbours do not pile up.
    let hash = Math.imul(low ^ (high >>> 15), 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
    hash ^= hash >>> 16;
    let slot = hash & this.#mask;
    for (;;) {
      const place = this.#slots[slot] ?? -1;
      if (place < 0 || (this.#low[place] === low && this.#high[place] === high)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #find(low: number, high: number): number {
    return this.#slots[this.#slotOf(low, high)] ?? -1;
  }

  /** Whether it is new. */
  #add(low: number, high: number): boolean {
    const before = this.#nodes;
    return this.#place(low, high) === before;
  }

  /** The place of an identifier, made when it is new. */
  #place(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    const known = this.#slots[slot] ?? -1;
    if (known >= 0) return known;
    const place = this.#nodes;
    if (place === this.#low.length) throw new RangeError(`there are more than ${place} identifiers`);
    this.#low[place] = low;
    this.#high[place] = high;
    this.#parent[place] = place;
    this.#slots[slot] = place;
    this.#nodes += 1;
    return place;
  }

  #root(place: number): number {
    let root = place;
    for (let above = this.#parent[root] ?? root; above !== root; above = this.#parent[root] ?? root) {
      // Path halving.
      const higher = this.#parent[above] ?? above;
      this.#parent[root] = higher;
      root = higher;
    }
    return root;
  }
}
