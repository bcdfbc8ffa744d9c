/** What a destination holds for one sync, as the destination itself says. Pure comparison of two such moments. */

/** Key of a member or row → its fields, as text that is equal when the fields are. */
export type Snapshot = ReadonlyMap<string, string>;

export interface Travelled {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function travelled(before: Snapshot, after: Snapshot): Travelled {
  let [added, changed] = [0, 0];
  for (const [key, fields] of after) {
    const former = before.get(key);
    if (former === undefined) added += 1;
    else if (former !== fields) changed += 1;
  }
  const removed = [...before.keys()].filter((key) => !after.has(key)).length;
  return { added, changed, removed };
}
