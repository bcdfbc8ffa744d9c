import { defineErrors } from '../errors.ts';

export const errors = defineErrors('segments', {
  usage: {
    summary: 'A segment command was given arguments that do not go together, or a file that cannot be read.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: '`sluice segment --help` shows the forms.',
  },
  missing: {
    summary: 'There is no segment with that id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice segment list` shows those that are applied; `--file` reads one from a file.',
  },
  invalid: {
    summary: 'The definition of a segment cannot be used. Each problem names its place in the document.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Correct the places that are named. `sluice catalogue` lists traits, events and their properties.',
  },
  unpublished: {
    summary: 'A segment reads the members of another one that was never published.',
    fault: 'conflict',
    status: 409,
    exitCode: 2,
    hint: 'Publish that one first; `sluice segment publish --all` takes the right order by itself.',
  },
  dependency_failed: {
    summary: 'A segment was not published, because a segment that it reads failed in the same run.',
    fault: 'failed',
    status: 409,
    exitCode: 1,
    hint: 'Correct the named segment; the segments that read it follow with the next run. Their last good members stay published.',
  },
  guard: {
    summary: 'The new members look wrong beside the last version, so they were not published.',
    fault: 'conflict',
    status: 409,
    exitCode: 1,
    hint: 'Look at `sluice segment preview`. The last good members stay published. If the change is right, publish once with --allow-shrink (fewer) or --force (any size), or widen `guard` in the definition.',
  },
  too_expensive: {
    summary: 'Finding the members took more time, memory or rows than allowed for one segment.',
    fault: 'too_large',
    status: 422,
    exitCode: 1,
    hint: 'Narrow the condition that is named (a shorter window, fewer events), or raise SLUICE_SEGMENT_TIMEOUT_SECONDS, SLUICE_MAX_QUERY_MEMORY_MB or SLUICE_MAX_QUERY_ROWS. `sluice segment cost` tells what it costs otherwise.',
  },
  no_revision: {
    summary: 'A segment was to be restored to a version of its definition that it never had.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice segment versions ID` lists the versions of its definition.',
  },
  no_draft: {
    summary: 'There is no draft of a segment with that id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice segment draft list` shows the drafts that are kept.',
  },
  no_query_log: {
    summary: 'What segments cost was asked for, and the query log of the warehouse is not there or may not be read.',
    fault: 'config',
    status: 500,
    exitCode: 1,
    hint: 'Let the server keep system.query_log, and grant the owner `select on system.query_log`.',
  },
});
