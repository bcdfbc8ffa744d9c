/** Union-find: the cluster of every id that pairs join, as its smallest id. */
export function componentsOf(ids: Iterable<string>, pairs: Iterable<readonly [string, string]>): Map<string, string> {
  const parent = new Map<string, string>();
  for (const id of ids) parent.set(id, id);
  const find = (id: string): string => {
    let root = id;
    for (let above = parent.get(root); above !== undefined && above !== root; above = parent.get(root)) root = above;
    parent.set(id, root);
    return root;
  };
  for (const [a, b] of pairs) {
    const [x, y] = [find(a), find(b)];
    if (x < y) parent.set(y, x);
    else parent.set(x, y);
  }
  return new Map([...parent.keys()].map((id) => [id, find(id)]));
}
