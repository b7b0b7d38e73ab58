// A host that can be told to misbehave, file by file; and stand-ins for what a browser keeps.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { atEnd } from './harness.mjs';

const PAGE = '<!doctype html><title>Shop</title><p>Welcome back!</p>';

/** What can happen to a file instead of its arriving. */
const TROUBLES = {
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE),
  gone: (response) => response.writeHead(404).end('not here'),
  broken: (response) => response.writeHead(503).end('later'),
  refused: (response) => response.destroy(),
  hangs: () => {},
  /** Half of the body, of which the length was told. */
  cut: (response, body) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  },
  /** Half of the body, of which the length was not told. */
  torn: (response, body) => {
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  },
  slow: async (response, body) => {
    await sleep(600);
    response.end(body);
  },
  gzip: (response, body) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
  /** No length: HTTP/1.1 then sends chunks. */
  chunked: (response, body) => {
    response.write(body.subarray(0, 100), () => response.end(body.subarray(100)));
  },
};

/** Rules for shared caches and browsers, as the documentation asks for. */
const rule = (path) => (path === 'recall.json' ? 'max-age=60' : 'max-age=31536000, immutable');

/**
 * Serves a folder on 127.0.0.1 below `/any/depth/`.
 * @returns `trouble`: a function from a file's path (`recall.json`, `c/….er`) to a word of `TROUBLES` or nothing;
 * `folder` may be exchanged; `asked` is the paths in the order of their requests, `heads` what came with them, `statuses`
 * what untroubled files were answered with
 */
export async function troubled(folder) {
  const host = { folder, trouble: () => undefined, asked: [], heads: [], statuses: [], connections: 0 };
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://host');
    const path = pathname.replace('/any/depth/', '');
    host.asked.push(path + search);
    host.heads.push({ method: request.method, ...request.headers });
    // Pages of any origin may read it.
    response.setHeader('access-control-allow-origin', '*');
    const body = await readFile(join(host.folder, path)).catch(() => null);
    const trouble = body ? TROUBLES[host.trouble(path)] : TROUBLES.gone;
    if (trouble) return trouble(response, body);
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    const known = request.headers['if-none-match'] === etag;
    host.statuses.push(known ? 304 : 200);
    const headers = { etag, 'cache-control': rule(path) };
    if (known) return response.writeHead(304, headers).end();
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
  });
  server.on('connection', () => host.connections++);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  host.url = `http://127.0.0.1:${server.address().port}/any/depth`;
  return host;
}

/** What a Cache does, in memory; `caches.default` of workers has no `keys`. */
export function memoryCache({ keys = true } = {}) {
  const kept = new Map();
  const cache = {
    kept,
    match: async (url) => kept.get(url)?.clone(),
    delete: async (url) => kept.delete(url),
    put: async (url, response) => {
      kept.delete(url);
      kept.set(url, response);
    },
  };
  if (keys) cache.keys = async () => [...kept.keys()].map((url) => ({ url }));
  return cache;
}

/** A ProfileStore that notes what is done to it, and can be told to fail or to take its time. */
export function watchedStore(kept) {
  const store = { kept, log: [], failing: false, pause: 0 };
  const act = (name, work) => async (bytes) => {
    store.log.push(name);
    await sleep(store.pause);
    if (store.failing) throw new DOMException('no room left', 'QuotaExceededError');
    return work(bytes);
  };
  store.load = act('load', () => store.kept);
  store.save = act('save', (bytes) => void (store.kept = bytes));
  store.clear = act('clear', () => void (store.kept = undefined));
  return store;
}
