/** Owns reading a folder of shards from disk as if it were a host. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { FetchLike } from './types.js';

/** An `http:`, `https:` or `file:` URL as it is; anything else is a path. */
export function resolve(url: string | URL): URL {
  return url instanceof URL || /^(https?|file):/.test(url) ? new URL(url) : pathToFileURL(url);
}

/** `fetch` that also reads `file:` URLs. */
export const fetchFile: FetchLike = async (url, init) => {
  if (!url.startsWith('file:')) return fetch(url, init);
  try {
    return new Response(await readFile(new URL(url)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Response(null, { status: 404 });
    throw error;
  }
};
