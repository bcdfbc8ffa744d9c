/** What every file of routes starts from. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

/**
 * An empty app for one resource. Parameters and bodies that do not fit a route's description are refused in the common shape, by place
 * and rule; the values themselves are never repeated.
 *
 * @example
 * export function segmentRoutes(deps: { apiKeys: ApiKeys; … }) {
 *   const app = createRoutes();
 *   app.use(requireScope(deps.apiKeys, 'read'));
 *   return app.openapi(listSegments, async (context) => context.json({ segments: await … }, 200));
 * }
 */
export function createRoutes(): OpenAPIHono<HttpEnvironment> {
  return new OpenAPIHono<HttpEnvironment>({
    defaultHook(result) {
      if (result.success) return;
      const places = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
      throw errors.invalid(`The request does not fit its description (${places.join('; ')})`);
    },
  });
}
