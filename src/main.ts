/** Entry point of the `sluice` command. */
import { openApp } from './app.ts';
import { runProgram } from './cli/program.ts';

// The launcher (cli/sluice.mjs) holds the other end of this channel: the kernel closes it when the launcher ends, kill -9 included.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

process.exitCode = await runProgram(process.argv.slice(2), openApp);
