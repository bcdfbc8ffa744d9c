/** Everything that the demo runs in: the embedded servers, the service, and the three destinations. All of it stops with the demo. */
import { fileURLToPath } from 'node:url';
import { type App, openApp } from '../src/app.ts';
import { type Config, readConfig } from '../src/config.ts';
import { pythonOf } from '../src/dbt/python.ts';
import { stopService } from '../src/embedded/join.ts';
import { freePort } from '../src/embedded/ports.ts';
import { SERVICE_NAMES } from '../src/embedded/service.ts';
import type { Store } from '../src/store/store.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import type { Channel } from './calls.ts';
import { type DemoFolder, demoFolder, prepareFolder } from './folder.ts';
import type { DemoOptions } from './options.ts';
import { type DemoPostgres, startPostgres } from './postgres.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { findRetailData } from './retail-data.ts';
import type { Stages } from './stages.ts';

export interface Surroundings {
  readonly app: App;
  readonly folder: DemoFolder;
  /** Folder of the grocery loyalty data's Parquet files. */
  readonly retailData: string;
  readonly warehouse: Warehouse;
  readonly store: Store;
  readonly serviceUrl: string;
  readonly writeKeys: Readonly<Record<Channel, string>>;
  readonly receiver: Receiver;
  readonly postgres: DemoPostgres;
}

const PROJECT = fileURLToPath(new URL('./project', import.meta.url));
/** Where people expect the service; another one when it is taken. */
const USUAL_PORT = 4620;

/** @param closing gets what has to be stopped, as it is started. */
export async function openSurroundings(options: DemoOptions, stages: Stages, closing: AsyncDisposableStack): Promise<Surroundings> {
  const folder = demoFolder(options.folder);
  const config = demoConfig(folder, await freePort(USUAL_PORT));
  const retailData = await findRetailData(pythonOf(config));
  // a demo that was killed may have left its servers behind, and they must not run in a folder that is emptied
  await stopServers(folder.data);
  await prepareFolder(folder, options.keep);

  closing.defer(() => stopServers(folder.data));
  const app = openApp(config);
  closing.defer(() => app.close());

  const [{ receiver, postgres }, warehouse, store] = await stages.run(
    'setup',
    'Starting ClickHouse, the control plane, three destinations',
    () => Promise.all([startDestinations(folder, stages, closing), app.warehouse(), app.store()]),
  );
  const { url: serviceUrl } = await app.service();
  const keyOf = async (source: Channel) => (await store.apiKeys.create({ name: `demo ${source}`, scopes: ['collect'], source })).plain;
  return {
    app,
    folder,
    retailData,
    warehouse,
    store,
    serviceUrl,
    writeKeys: { web: await keyOf('web'), app: await keyOf('app') },
    receiver,
    postgres,
  };
}

/**
 * The demo's own configuration. What the environment says about other servers is for real use: the demo writes to nothing that it has
 * not started itself.
 */
function demoConfig(folder: DemoFolder, port: number): Config {
  const { SLUICE_PYTHON, SLUICE_LOG_LEVEL = 'error' } = process.env;
  return readConfig({
    SLUICE_PYTHON,
    SLUICE_LOG_LEVEL,
    SLUICE_DATA_DIR: folder.data,
    SLUICE_PROJECT_DIR: PROJECT,
    SLUICE_PORT: String(port),
  });
}

/** The destination documents name these variables, so that no address or password stands in the repository. */
async function startDestinations(folder: DemoFolder, stages: Stages, closing: AsyncDisposableStack) {
  const receiver = await startReceiver(folder.webhook);
  closing.defer(() => receiver.stop());
  const postgres = await startPostgres(folder.postgres, stages.say);
  closing.defer(() => postgres.stop());
  Object.assign(process.env, {
    DEMO_WEBHOOK_URL: receiver.url,
    DEMO_WEBHOOK_SECRET: receiver.secret,
    DEMO_CSV_FOLDER: folder.csv,
    DEMO_POSTGRES_URL: postgres.url,
  });
  return { receiver, postgres };
}

async function stopServers(dataDir: string): Promise<void> {
  await Promise.all(SERVICE_NAMES.map((name) => stopService(name, dataDir)));
}
