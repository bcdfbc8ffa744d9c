/** Entry point of the `sluice` command. */
import { openApp } from './app.ts';
import { runProgram } from './cli/program.ts';

// The launcher (cli/sluice.mjs) holds the other end of this channel: the kernel closes it when the launcher ends, kill -9 included.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

// Who reads our output has seen enough (`sluice --help | head`): that is no failure. The command goes on, `serve` among them.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), openApp);
