/** Processes of their own for what is measured: a method call over the IPC channel of Node, in both directions of one file. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process offers. Arguments and results travel as JSON. */
export type Methods = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

export interface Child<M extends Methods> {
  /** Rejects with the message of what the method threw, or when the process ends before it has answered. */
  call<K extends keyof M & string>(method: K, argument: Parameters<M[K]>[0]): Promise<Awaited<ReturnType<M[K]>>>;
  /** Lets the process close what it has opened, and waits for its end. */
  stop(): Promise<void>;
}

/**
 * @param module a file that calls `serve` with methods of type `M`.
 * @param execArgv flags of Node.
 * @param stderr thrown away where it is a log of every request: it is written all the same.
 */
export function startChild<M extends Methods>(
  module: URL,
  environment: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
  stderr: 'shown' | 'thrown away' = 'shown',
): Child<M> {
  // stdout is the parent's, for the result alone.
  const child = fork(module, {
    execArgv: [...execArgv],
    env: { ...process.env, ...environment },
    stdio: ['ignore', process.stderr, stderr === 'shown' ? process.stderr : 'ignore', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.result);
  });
  child.once('exit', (code, signal) => {
    for (const call of waiting.values()) call.reject(new Error(`${module.pathname} ended (${signal ?? code}) before it had answered`));
  });
  return {
    call(method, argument) {
      const call = Promise.withResolvers<unknown>();
      lastId += 1;
      waiting.set(lastId, call);
      child.send({ id: lastId, method, argument } satisfies Call);
      // Both ends are the same code: what the method's type says is what arrives.
      return call.promise as ReturnType<typeof this.call<typeof method>>;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** The child's side: answers calls until the parent lets go or dies, then closes. */
export function serve(methods: Methods, close: () => Promise<void>): void {
  process.on('message', ({ id, method, argument }: Call) => {
    const work = methods[method] as ((argument: unknown) => Promise<unknown>) | undefined;
    const answer = (reply: Answer) => process.connected && process.send?.(reply);
    if (!work) return answer({ id, error: `no method ${method}` });
    work(argument).then(
      (result) => answer({ id, result }),
      (error: unknown) => answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('disconnect', () => {
    close().catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exitCode = 1;
    });
  });
  // Ctrl-C reaches the whole group: the parent decides when this process ends.
  process.on('SIGINT', () => undefined);
}
