/** Owns where the bytes of an index file come from: what the caller has, or one download. */
import { EdgeRecallError } from '../errors.js';
import type { FetchLike } from '../types.js';

/** The bytes where they lie: they are copied once, into the wasm. */
export async function bytesOf(
  source: string | URL | ArrayBuffer | Uint8Array,
  resolve: (url: string | URL) => URL,
  fetch: FetchLike,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return download(resolve(source), fetch, signal);
}

async function download(url: URL, fetch: FetchLike, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let response;
  try {
    response = await fetch(url.href, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EdgeRecallError('index-unreachable', `${url} cannot be reached; is the host up, and does it allow this origin?`, { cause });
  }
  if (!response.ok) {
    throw new EdgeRecallError('index-missing', `${url} answered ${response.status}; upload the file that \`edge-recall index\` wrote`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
