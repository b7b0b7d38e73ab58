/** Search of index files, for workerd: the wasm is imported and started with the worker. */
import module from './search_bg.wasm';
import { initSync } from '../search/glue.js';
import { createOpen } from '../search/open.js';
import type { Open } from '../search/types.js';
import { webHost } from '../loader.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../search/types.js';

const started = initSync({ module });

export const open: Open = createOpen({ ...webHost, start: async () => started });
