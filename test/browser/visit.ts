/** A page with an SDK in it, opened in a real browser by somebody who looks around, signs up and buys. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''].find(
  (path) => path !== '' && existsSync(path),
);
export const hasBrowser = CHROMIUM !== undefined;

export interface Visit {
  readonly sdk: 'segment' | 'rudderstack' | 'jitsu';
  readonly options?: { readonly batching?: true; readonly beacon?: true };
  readonly service: string;
  readonly writeKey: string;
}

export interface Visited {
  /** Hosts, other than the page's own and the service's, that the page tried to reach. They were not reached. */
  readonly elsewhere: readonly string[];
  /** Errors of the page, and requests to the service that the browser did not let through. */
  readonly problems: readonly string[];
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  });
}

/** What each visitor does, in this order. */
export const STEPS = ['page', 'browse', 'signUp', 'join', 'order'] as const;

/** @param isDone asked until it says yes, or long enough: SDKs send when they like. */
export async function visit(
  browser: Browser,
  { sdk, options = {}, service, writeKey }: Visit,
  isDone: () => Promise<boolean>,
): Promise<Visited> {
  const site = await serveSite(sdk, { options, service, writeKey });
  const elsewhere = new Set<string>();
  const problems: string[] = [];
  const context = await browser.newContext();
  try {
    await context.route(
      (url) => ![site.origin, service].includes(url.origin),
      async (route) => {
        elsewhere.add(new URL(route.request().url()).host);
        await route.abort();
      },
    );
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('requestfailed', (request) => {
      if (request.url().startsWith(service))
        problems.push(`${request.method()} ${new URL(request.url()).pathname}: ${request.failure()?.errorText}`);
    });
    await page.goto(`${site.origin}/?utm_source=news&utm_campaign=spring`);
    for (const step of STEPS) {
      await page.evaluate(`window.does.${step}()`);
      // As a person would: SDKs order what was done, not what was done at once.
      await sleep(200);
    }
    // A beacon is sent when the page is left.
    if (options.beacon) await page.goto('about:blank');
    for (let waited = 0; waited < 30_000 && !(await isDone()); waited += 250) await sleep(250);
  } finally {
    await context.close();
    site.close();
  }
  return { elsewhere: [...elsewhere], problems };
}

/** The page stands on another origin than the service, so that the browser asks before it sends. */
async function serveSite(sdk: Visit['sdk'], settings: object) {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, `${sdk}.mjs`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = bundle.outputFiles[0]?.contents ?? '';
  const html = `<!doctype html><meta charset="utf-8"><title>Shop</title><script>window.TEST=${JSON.stringify(settings)}</script><script src="/bundle.js"></script>`;
  const server = createServer((request, response) => {
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' }).end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
