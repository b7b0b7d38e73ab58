// `edge-recall serve` as a child process, and what it counted.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Serves a build on a free port. */
export async function startServer(builder, folder) {
  const child = spawn(builder, ['serve', folder, '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((done, failed) => {
    lines.once('line', done);
    child.once('exit', (code) => failed(new Error(`edge-recall serve ended with ${code}`)));
  });
  const { url, stats } = JSON.parse(first);
  return {
    url,
    reset: async () => void (await fetch(`${stats}/reset`, { method: 'POST' }).then((answer) => answer.text())),
    /** Body bytes as sent, and requests, of everything since the last reset. */
    sent: async () => {
      const { total } = await fetch(stats).then((answer) => answer.json());
      return total;
    },
    close: () => new Promise((done) => child.once('exit', done).kill('SIGINT')),
  };
}
