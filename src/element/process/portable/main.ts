/**
 * The portable launcher: a program of Node's own that starts programs for a server, beside which it runs. A process of its own, so that starting what
 * lies under the mount cannot make the server wait for itself, and so that it can end what it has started when the server is gone.
 *
 * Argument: the grace time between TERM and KILL, in seconds. Its standard input is nobody's; the server is at the other end of Node's channel.
 */
import type { Notice, Order } from './messages.js';
import { NamedPipes } from './named-pipes.js';
import { Programs } from './programs.js';

/** What a terminal or an administrator sends to the server's group is the server's business. */
const IGNORED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;

function serve(send: (notice: Notice, sent?: () => void) => void): void {
  const grace_ms = 1000 * Number(process.argv[2] ?? '5');
  delete process.env['NODE_V8_COVERAGE']; // which Node hands on to each child
  const pipes = new NamedPipes();
  let isConnected = true;
  const programs = new Programs(pipes, (notice) => {
    if (isConnected) send(notice);
  });
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await programs.end(grace_ms);
    pipes.remove();
    if (isConnected) send({ type: 'done' }, () => process.exit());
    else process.exit();
  };
  for (const signal of IGNORED) process.on(signal, () => undefined);
  process.title = 'circuit-launch';
  process.on('disconnect', () => {
    isConnected = false;
    ending ??= end();
  });
  process.on('message', (message) => {
    const order = message as Order;
    if (order.type === 'prepare') programs.prepare(order.id, order.request);
    else if (order.type === 'go') void programs.start(order.id);
    else if (order.type === 'cancel') programs.cancel(order.id);
    else if (order.type === 'signal') programs.signal(order.id, order.signal);
    else ending ??= end();
  });
  send({ type: 'ready', directory: pipes.directory, ...pipes.problem });
}

// Without a server, or with one that has died while this was loaded, there is nothing to do. A callback, since what cannot be sent would else end us.
if (process.connected) serve((notice, sent = () => undefined) => process.send?.(notice, undefined, undefined, sent));
