/** Zod's findings as lines that point into a document. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `sync x: fields.email: …`, a line each. `within` is where in the document the checked part lies. */
export function describeIssues(document: string, issues: readonly Issue[], within = ''): string {
  return issues
    .map(({ path, message }) => {
      const place = [within, ...path.map(String)].filter((part) => part !== '').join('.');
      return `${document}: ${place === '' ? '' : `${place}: `}${message}`;
    })
    .join('\n');
}
