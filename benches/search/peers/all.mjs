// Every peer, fastest first. Each is `{ name, kind, most, efforts(k), settings, download, version(), prepare(query), make(set,
// file), stage(file, set) }`: `make` builds and leaves a file, `stage` returns what opens it and is timed; the index it gives has
// `at(effort)`, which sets the effort and returns `search(query, k)` -> ids, and `free()`. One with `reloads: false` is built for
// every run.
import { edgevec } from './edgevec.mjs';
import { hnswlibNode } from './hnswlib-node.mjs';
import { hnswlibWasm } from './hnswlib-wasm.mjs';
import { orama } from './orama.mjs';
import { usearch } from './usearch.mjs';
import { voy } from './voy.mjs';

export const PEERS = [hnswlibWasm, edgevec, voy, orama, hnswlibNode, usearch];
