/** `sluice stop`: stops the embedded servers of the data directory. */
import { stopService } from '../embedded/join.ts';
import { SERVICE_NAMES } from '../embedded/service.ts';
import type { RegisterCommand } from './command.ts';

export const registerStop: RegisterCommand = (program, action) => {
  program
    .command('stop')
    .description('Stop the embedded servers of this data directory. Data is kept; the next command starts them again.')
    .addHelpText(
      'after',
      '\nExample:\n  sluice stop\n\nThey also stop by themselves some seconds after the last command that used them has ended.',
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const { dataDir } = app.config;
        const stopped: string[] = [];
        for (const name of SERVICE_NAMES) if (await stopService(name, dataDir)) stopped.push(name);
        terminal.result({ data_dir: dataDir, stopped }, () =>
          stopped.length > 0 ? `Stopped ${stopped.join(' and ')}.` : 'Nothing was running.',
        );
      }),
    );
};
