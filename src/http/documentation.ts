/** /openapi.json, and /docs: the same as a page that a person can browse and try. Served from here: nothing is loaded from elsewhere. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { PRODUCT } from '../product.ts';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

export const openApiInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Sluice',
    version: PRODUCT.version,
    description: 'Collect events, look at segments and syncs, start their runs. Every error has the shape of `Error`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
} as const;

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const START = 'window.onload = () => SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true });';

export function addDocumentation(app: OpenAPIHono<HttpEnvironment>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key with the scope read or admin',
  });
  app.doc31('/openapi.json', openApiInfo);

  app.get('/docs', (context) =>
    context.html(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Sluice API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>`),
  );
  app.get('/docs/start.js', (context) => context.body(START, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/docs/:asset', async (context) => {
    const name = context.req.param('asset');
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (type === undefined) throw errors.no_such_route('There is no such file');
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    return context.body(new Uint8Array(await readFile(join(folder, name))), 200, {
      'content-type': type,
      'cache-control': 'public, max-age=86400',
    });
  });
}
