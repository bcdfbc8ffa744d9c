/** Priority lists as a kind of document. They run with the segments that stand in them. */
import type { CheckRequest, DocumentKind } from '../documents/kind.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinition } from './document.ts';
import { exclusionsFrom } from './exclusions.ts';
import { PriorityDefinition } from './priority.ts';
import { cycleThrough } from './references.ts';

export const priorityKind: DocumentKind<unknown, unknown, unknown> = {
  kind: 'priority',
  folder: 'priorities',
  schema: PriorityDefinition,
  migrations: [],

  references(document) {
    const { segments = [] } = PriorityDefinition.safeParse(document).data ?? {};
    return segments.map((id, index) => ({ kind: 'segment', id, path: ['segments', index], isSource: false }));
  },

  check: checkLists,

  async reach({ document }) {
    const { segments } = PriorityDefinition.parse(document);
    return { clauses: [`from the next publication on each of ${segments.join(', ')} leaves out the members of those before it`] };
  },

  leaves: async () => ['Its segments stay. From the next publication on they leave nobody out because of it.'],
};

async function checkLists({ documents, folder, findings }: CheckRequest<unknown>): Promise<void> {
  const segments = new Map<string, SegmentDefinition>();
  for (const { id, document } of await folder.list('segment')) {
    const read = readDefinition(document);
    if (read.ok) segments.set(id, read.definition);
  }
  const lists = documents.map(({ document }) => PriorityDefinition.parse(document));
  const complete = exclusionsFrom(segments, lists);
  const completed = new Map([...segments].map(([id, definition]) => [id, complete(definition)]));
  for (const [index, list] of lists.entries()) {
    const document = documents[index];
    if (!document) continue;
    const members = list.segments.map((id) => completed.get(id));
    const [first] = members;
    for (const [place, member] of members.entries()) {
      const path = ['segments', place];
      if (member && first && member.entity !== first.entity)
        findings.wrong(document, [
          { path, message: `${member.id} is of ${member.entity}, ${first.id} of ${first.entity}: a list is of one entity` },
        ]);
      const cycle = member && cycleThrough(member, completed);
      if (cycle)
        findings.wrong(document, [{ path, message: `makes a cycle: ${cycle.ids.join(' → ')}. A segment cannot depend on itself.` }]);
    }
  }
}
