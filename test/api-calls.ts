/** Calls of the API in tests, each of whose replies is held to the description of its route. */
import { expect } from 'vitest';
import { type Operation, operationsOf } from './api-document.ts';
import type { ApiWorld } from './api-world.ts';

export interface ApiCalls {
  readonly operations: readonly Operation[];
  /** `values`: of the path, the others of the query. */
  call(
    route: string,
    values?: Readonly<Record<string, string>>,
    options?: Parameters<ApiWorld['call']>[2],
  ): Promise<Pick<Awaited<ReturnType<ApiWorld['call']>>, 'status' | 'body'>>;
  /** All items of a list, page by page. */
  pages(route: string, under: string, values: Readonly<Record<string, string>>): Promise<unknown[][]>;
}

export async function openApiCalls(world: ApiWorld): Promise<ApiCalls> {
  const description = (await (await world.app.request('/openapi.json')).json()) as Parameters<typeof operationsOf>[0];
  const operations = operationsOf(description);
  async function call(route: string, values: Readonly<Record<string, string>> = {}, options: Parameters<ApiWorld['call']>[2] = {}) {
    const operation = operations.find(({ name }) => name === route);
    if (!operation) throw new Error(`the description has no ${route}`);
    let { path } = operation;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value));
      else query.set(name, value);
    }
    const { status, body, reply } = await world.call(operation.method, `${path}${query.size > 0 ? `?${query}` : ''}`, options);
    expect(await operation.misfitOf(reply)).toBeUndefined();
    return { status, body };
  }

  async function pages(route: string, under: string, values: Readonly<Record<string, string>>) {
    const items: unknown[][] = [];
    for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
      const { status, body } = await call(route, { ...values, ...(cursor === '' ? {} : { cursor: String(cursor) }) });
      expect(status).toBe(200);
      items.push(body[under] as unknown[]);
      cursor = body.next;
    }
    return items;
  }

  return { operations, call, pages };
}
