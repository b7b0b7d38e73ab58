/** Search of index files on the GPU, for pages without a bundler: one file, copied beside its wasm. */
import init from '../webgpu/glue.js';
import { createOpen } from '../webgpu/open.js';
import type { Open } from '../webgpu/types.js';
import { startOnce, webHost } from '../loader.js';

export { EdgeRecallError } from '../errors.js';

const start = startOnce((wasm) => init({ module_or_path: wasm ?? new URL('webgpu.wasm', import.meta.url) }));

export const open: Open = createOpen({ ...webHost, start });
