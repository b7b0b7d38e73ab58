/** Search of index files on the GPU, for hosts with files. Node has no WebGPU, so there the processor answers and says so. */
import { readFile } from 'node:fs/promises';
import init from '../webgpu/glue.js';
import { createOpen } from '../webgpu/open.js';
import type { Open } from '../webgpu/types.js';
import { startOnce } from '../loader.js';
import { fetchFile, resolve } from '../node-files.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../webgpu/types.js';

const start = startOnce(async (wasm) =>
  init({ module_or_path: wasm ?? (await readFile(new URL('./webgpu_bg.wasm', import.meta.url))) }),
);

export const open: Open = createOpen({ start, resolve, fetch: fetchFile });
