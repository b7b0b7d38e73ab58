// A static file server as strict as a good host: the content policy and the cache rules that the documentation asks for.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';

export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** Shards carry their hash in their name and never change; everything else is asked for again. */
function cacheRule(path) {
  if (/\/c\/[^/]+\.er$/.test(path)) return 'max-age=31536000, immutable';
  if (path.endsWith('/recall.json')) return 'max-age=60, stale-while-revalidate=86400';
  return 'no-cache';
}

/** The file a URL stands for, or null where it leads out of the folder. */
function fileOf(root, path) {
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  return file.startsWith(root + sep) ? file : null;
}

async function answer(root, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
  const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
  const file = fileOf(root, path);
  const found = file && (await stat(file).catch(() => null));
  if (!found?.isFile()) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  const tag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`;
  const headers = {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': cacheRule(path),
    etag: tag,
  };
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'content-length': found.size });
  if (request.method === 'HEAD') return void response.end();
  createReadStream(file).on('error', (error) => response.destroy(error)).pipe(response);
}

/**
 * Serves a folder on 127.0.0.1.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} close also ends connections that are kept open
 */
export async function serve(folder, port = 0) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    // A URL that cannot be decoded is the client's fault.
    answer(root, request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(() => done()));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}
