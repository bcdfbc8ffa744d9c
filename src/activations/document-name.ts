/** A document as sentences name it. Pure. */

/** Where the kind's own word is not what people call one. */
const CALLED: Readonly<Record<string, string>> = { priority: 'priority list' };

/** `segment loyal`, `priority list mail`. */
export const documentName = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${CALLED[kind] ?? kind} ${id}`;
