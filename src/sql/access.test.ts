import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../segments/compile.ts';
import { embeddedGrants, grantsFor, limitsFor, RESTRICTED_ROLES, userSql } from './access.ts';
import { withPrefix } from './databases.ts';

const limits = { maxSeconds: 120, maxMemoryMb: 4_096, maxUserMemoryMb: 8_192, maxRows: 50_000_000_000, maxThreads: 2 };

describe('grantsFor', () => {
  test('the publisher inserts into three tables and reads two databases', () => {
    expect(grantsFor('publisher', 'acme')).toEqual([
      'select, dictGet on acme.*',
      'select, dictGet on acme_state.*',
      'insert on acme_state.segment_members',
      'insert on acme_state.segment_evaluations',
      'insert on acme_state.segment_holdouts',
    ]);
  });

  test('BI sees the published and the audit database', () => {
    expect(grantsFor('bi', 'acme')).toEqual([
      'select, dictGet on acme.*',
      'select, dictGet on acme_audit.*',
      'select on information_schema.*',
      'select on INFORMATION_SCHEMA.*',
      'select on system.parts',
    ]);
  });

  test('only the publisher writes, and no user reaches other servers or files', () => {
    const grants = RESTRICTED_ROLES.flatMap((role) => grantsFor(role, 'sluice'));
    expect(grants.filter((grant) => !/^select, dictGet on sluice(_[a-z]+)?\.\*$/.test(grant))).toEqual([
      'insert on sluice_state.segment_members',
      'insert on sluice_state.segment_evaluations',
      'insert on sluice_state.segment_holdouts',
      'select on information_schema.*',
      'select on INFORMATION_SCHEMA.*',
      'select on system.parts',
    ]);
  });
});

describe('on the embedded server', () => {
  test('the publisher reads what its owner has made, and still nothing of ours that is not its business', () => {
    const grants = embeddedGrants('publisher', 'acme', []);
    expect(grants.slice(5)).toEqual([
      'GRANT select on *.*',
      'REVOKE select on system.*',
      'REVOKE select on acme_raw.*',
      'REVOKE select on acme_staging.*',
      'REVOKE select on acme_identity.*',
      'REVOKE select on acme_audit.*',
    ]);
  });

  test('BI reads of it what is named for BI', () => {
    expect(embeddedGrants('bi', 'acme', ['marts']).slice(5)).toEqual(['GRANT select on marts.*']);
  });
});

test.each(RESTRICTED_ROLES)('no limit of the %s may be set to 0, which would mean none', (role) => {
  for (const { name, value, rule } of limitsFor(role, limits)) {
    if (rule === 'lowerable') expect(Number(value), name).toBeGreaterThan(0);
  }
});

test.each(['reader', 'publisher'] as const)('the %s may send every segment that is accepted', (role) => {
  const allowed = new Map(limitsFor(role, limits).map(({ name, value }) => [name, Number(value)]));
  for (const name of ['max_query_size', 'max_ast_elements', 'max_expanded_ast_elements'] as const) {
    expect(allowed.get(name), name).toBeGreaterThanOrEqual(SETTINGS[name]);
  }
});

test('a grant on the databases of another installation is one on these, whatever our own prefix is', () => {
  const statements = userSql('bi', { user: 'bi', password: 'x' }, 'shop_dev', [], ['marts', 'sluice', 'sluice_raw']);
  expect(statements.map((sql) => withPrefix(sql, 'shop_dev')).slice(-3)).toEqual([
    'grant select on marts.* to `bi`',
    'grant select on `sluice`.* to `bi`',
    'grant select on `sluice_raw`.* to `bi`',
  ]);
});

test('no text of a password is taken for a database of ours', () => {
  const passwordSha256 = createHash('sha256').update('sluice.abc').digest('hex');
  const [create] = userSql('bi', { user: 'bi', passwordSha256 }, 'acme', []);
  expect(withPrefix(create ?? '', 'acme')).toContain(`identified with sha256_hash by '${passwordSha256}'`);
});

test('the SQL for a real server quotes what it is given', () => {
  const [create, ...grants] = userSql('bi', { user: 'b`i', password: "it's \\ secret" }, 'sluice', limitsFor('bi', limits));
  expect(create).toContain(
    "create user if not exists `b\\`i` identified with sha256_password by 'it\\'s \\\\ secret' settings readonly = 2 const",
  );
  expect(create).toContain('max_execution_time = 120 min 1 max 120');
  expect(create).toContain("timeout_overflow_mode = 'throw' const");
  expect(grants).toEqual([
    'grant select, dictGet on sluice.* to `b\\`i`',
    'grant select, dictGet on sluice_audit.* to `b\\`i`',
    'grant select on information_schema.* to `b\\`i`',
    'grant select on INFORMATION_SCHEMA.* to `b\\`i`',
    'grant select on system.parts to `b\\`i`',
  ]);
});
