// serve.mjs FOLDER PORT: serves a folder until it is interrupted.
import { serve } from './static-server.mjs';

const [folder, port] = process.argv.slice(2);
try {
  const { url } = await serve(folder, Number(port));
  console.error(`\nThe demo is at ${url} (Ctrl+C ends it)`);
} catch (error) {
  console.error(`cannot serve on port ${port}: ${error.message}`);
  process.exitCode = 1;
}
