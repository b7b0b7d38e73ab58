// The table of the GPU search and the verdict on its targets. `cargo xtask bench gpu` measures and starts it; alone it judges
// figures from another machine.
//
//   node benches/search/gpu.mjs GPU.json       adds targets and peak to GPU.json
//
// EDGE_RECALL_GPU_PEAK_GBS   bandwidth of the adapter's memory by its data sheet, in GB/s
import { readFile, writeFile } from 'node:fs/promises';
import { printed, targets } from './report/gpu.mjs';

const file = process.argv[2] ?? 'target/bench/gpu.json';
const figures = JSON.parse(await readFile(file, 'utf8'));
const peak = process.env.EDGE_RECALL_GPU_PEAK_GBS;
if (peak) figures.peak_gbs = Number(peak);
if (peak && !(figures.peak_gbs > 0)) throw new Error(`EDGE_RECALL_GPU_PEAK_GBS is ${peak}, which is no bandwidth`);
figures.targets = targets(figures);
console.log(printed(figures));
await writeFile(file, `${JSON.stringify(figures, null, 1)}\n`);
