/** The service as `sluice serve` runs it, with its log of requests thrown away. */
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serve } from '../child.ts';

const app = openApp(readConfig());

const methods = {
  async start(): Promise<{ url: string; pid: number }> {
    const { url } = await app.service();
    return { url, pid: process.pid };
  },
  /** Processor time since the process started, in seconds: what other work on the machine does not change. */
  async cpu(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};

export type ServiceMethods = typeof methods;

serve(methods, () => app.close());
