import { describe, expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

describe('splitStatements', () => {
  test.each([
    ['at semicolons', 'select 1;\nselect 2;\n', ['select 1', 'select 2']],
    ['without a last semicolon', 'select 1;\nselect 2', ['select 1', 'select 2']],
    ['not in strings', `select ';', 'it''s;', 'a\\';b';select 2`, [`select ';', 'it''s;', 'a\\';b'`, 'select 2']],
    ['not in names', 'select 1 as `a;b`, 2 as "c;d";select 2', ['select 1 as `a;b`, 2 as "c;d"', 'select 2']],
    ['not in line comments', 'select 1 -- not; here\n;select 2', ['select 1 -- not; here', 'select 2']],
    ['not in block comments', 'select 1 /* not;\n here */;select 2', ['select 1 /* not;\n here */', 'select 2']],
    ['not in heredocs', 'select $sql$ a; $$ b $sql$;select $$;$$', ['select $sql$ a; $$ b $sql$', 'select $$;$$']],
    ['a quote in a comment opens no string', "select 1 -- it's\n;select 2", ["select 1 -- it's", 'select 2']],
    ['comment marks in a string open no comment', "select '-- /*';select 2", ["select '-- /*'", 'select 2']],
    ['pieces of comments only are none', '-- a; b\n;\n/* c */;\nselect 1;', ['select 1']],
    ['nothing', '  \n-- only a comment', []],
  ])('%s', (_, sql, expected) => {
    expect(splitStatements(sql)).toEqual(expected);
  });
});
