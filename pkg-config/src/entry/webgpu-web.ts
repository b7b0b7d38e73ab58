/** Search of index files on the GPU, for browsers and bundlers: the wasm lies beside this module. */
import init from '../webgpu/glue.js';
import { createOpen } from '../webgpu/open.js';
import type { Open } from '../webgpu/types.js';
import { startOnce, webHost } from '../loader.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../webgpu/types.js';

// Bundlers look for exactly this form of URL.
const start = startOnce((wasm) => init({ module_or_path: wasm ?? new URL('./webgpu_bg.wasm', import.meta.url) }));

export const open: Open = createOpen({ ...webHost, start });
