/** Union-find over anything that can be the key of a map. The plain one, to be trusted by reading it. */

export interface UnionFind<K> {
  /** Makes `key` known, alone at first. */
  add(key: K): void;
  find(key: K): K;
  join(one: K, other: K): void;
  /** Each known key with the representative of its group. */
  groups(): Map<K, K>;
}

export function createUnionFind<K>(): UnionFind<K> {
  const parent = new Map<K, K>();
  const find = (key: K): K => {
    let root = key;
    for (let above = parent.get(root); above !== undefined && above !== root; above = parent.get(root)) root = above;
    // Path compression: whoever was passed points at the root from now on.
    for (let below = key; below !== root; ) {
      const above = parent.get(below) ?? root;
      parent.set(below, root);
      below = above;
    }
    return root;
  };
  const add = (key: K) => {
    if (!parent.has(key)) parent.set(key, key);
  };
  return {
    add,
    find,
    join(one, other) {
      add(one);
      add(other);
      parent.set(find(one), find(other));
    },
    groups: () => new Map([...parent.keys()].map((key) => [key, find(key)])),
  };
}
