import { describe, expect, it } from 'vitest';
import { customerOf } from './customers.ts';

const customers = Array.from({ length: 2_500 }, (_, index) => customerOf(index + 1));

describe('generated customers', () => {
  it('are the same on every run', () => {
    expect(customerOf(42)).toEqual(customerOf(42));
  });

  it('say that they are generated, and reach no real person: their addresses end in example.com, their numbers are reserved for fiction', () => {
    for (const { email, phone, is_generated } of customers) {
      expect(is_generated).toBe(true);
      expect(email).toMatch(/^[a-z.]+\.\d+@example\.com$/);
      expect(phone).toMatch(/^\+1\d{3}55501\d\d$/);
    }
  });

  it('never share an address or a phone, which would make two households one person', () => {
    expect(new Set(customers.map(({ email }) => email)).size).toBe(customers.length);
    expect(new Set(customers.map(({ phone }) => phone)).size).toBe(customers.length);
  });
});
