/** Secrets that end with the test: in the clear, and told apart from missing ones as the store does. */
import { errors } from '../src/store/errors.ts';
import type { Secrets } from '../src/store/secrets.ts';

export function memorySecrets(): Pick<Secrets, 'get' | 'put'> {
  const kept = new Map<string, string>();
  return {
    async get(name) {
      const text = kept.get(name);
      if (text === undefined) throw errors.secret_missing(`There is no secret named ${name}`, { context: { name } });
      return text;
    },
    async put(name, text) {
      kept.set(name, text);
    },
  };
}
