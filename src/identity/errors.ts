/** What can go wrong when somebody asks about, or decides on, who is who. */
import { defineErrors } from '../errors.ts';

export const errors = defineErrors('identity', {
  not_an_identifier: {
    summary: 'Something was given as an identifier that is not of the form `type:value`, or is a profile id.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Write type:value, such as email:ada@example.com or user_id:1234. The types are the identifiers of `vars.identity` in dbt_project.yml.',
  },
  unknown_type: {
    summary: 'An identifier has a type that the identity rules do not name.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'The types are the identifiers of `vars.identity` in dbt_project.yml.',
  },
  unknown_entity: {
    summary: 'An entity was named that the identity rules do not have.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'The entities are those of `vars.identity` in dbt_project.yml: person, account.',
  },
  ambiguous_entity: {
    summary: 'An identifier type belongs to several entities, and it was not said which is meant.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Say which with --entity, or `entity` in the body.',
  },
  invalid_decision: {
    summary: 'A manual decision says nothing: it gives no reason, or names the same identifier twice.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Say in --reason, for whoever reads it in a year, how you know.',
  },
  unconfirmed: {
    summary: 'An erasure was asked for without saying that it is meant.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Repeat the command with --confirm, or the call with `"confirm": true`.',
  },
  no_such_decision: {
    summary: 'There is no manual decision with this id.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice identity decisions --all` lists the decisions with their ids.',
  },
  seeded_decision: {
    summary: 'A decision that stands in the seed of the project was to be revoked by command or call.',
    fault: 'conflict',
    status: 409,
    exitCode: 2,
    hint: 'Remove its line from sql/seeds/seeded_identity_decisions.csv: what the repository says is changed in the repository.',
  },
  invalid_change: {
    summary: 'A what-if was asked for without a change, or with one that cannot be made.',
    fault: 'usage',
    status: 422,
    exitCode: 2,
    hint: 'Such as --set entities.person.identifiers.email.limit.max=3, --rules draft.yml, --never-link email:a@x.org user_id:1.',
  },
  unknown_subject: {
    summary: 'An id was asked about that no profile and no account has or had.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: 'Give the id of a profile or an account, or an identifier such as email:ada@example.com; ids appear with the build that makes them.',
  },
  too_large_to_explain: {
    summary: 'A profile has so many identifiers, or so much evidence, that a chain through it cannot be sought here.',
    fault: 'too_large',
    status: 422,
    exitCode: 1,
    hint: 'A profile of this size is nobody: `sluice identity report` names the values that hold such profiles together, and max_size of the rules keeps them from growing.',
  },
  unreadable_rules: {
    summary: 'The identity rules cannot be read: no `vars.identity` in dbt_project.yml or in the file given, or no YAML.',
    fault: 'config',
    status: 422,
    exitCode: 2,
    hint: 'docs/identity-rules.md shows the block.',
  },
});
