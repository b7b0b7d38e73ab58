// Tables of numbers in NumPy's format 1.0, little-endian, rows first: what `edge-recall index` reads. Owns two element types.
import { open, readFile, rename } from 'node:fs/promises';

const TYPES = { '<f4': Float32Array, '<i4': Int32Array };
/** Bytes a write: one call may not take more than 2 GB. */
const PIECE = 1 << 26;

/** Writes `data`, `columns` a row, whole or not at all. */
export async function writeNpy(file, data, columns) {
  const type = Object.keys(TYPES).find((name) => data instanceof TYPES[name]);
  const shape = `(${data.length / columns}, ${columns})`;
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  head.write(words, 10);
  head.write('\n', head.length - 1);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const to = await open(`${file}.new`, 'w');
  try {
    await to.writeFile(head);
    for (let at = 0; at < bytes.length; at += PIECE) await to.writeFile(bytes.subarray(at, at + PIECE));
  } finally {
    await to.close();
  }
  await rename(`${file}.new`, file);
}

/** `{ data, rows, columns }` of a file that `writeNpy`, or NumPy, wrote. */
export async function readNpy(file) {
  const bytes = await readFile(file);
  const head = 10 + bytes.readUInt16LE(8);
  const words = bytes.toString('latin1', 10, head);
  const type = /'descr': '([^']+)'/.exec(words)?.[1];
  const shape = /'shape': \((\d+), (\d+)\)/.exec(words)?.slice(1).map(Number);
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || bytes[6] !== 1 || !TYPES[type] || !shape) {
    throw new Error(`${file}: not a table of ${Object.keys(TYPES).join(' or ')} in format 1.0`);
  }
  const [rows, columns] = shape;
  if (bytes.length !== head + rows * columns * 4) throw new Error(`${file}: ${rows} x ${columns} do not fill it`);
  return { data: new TYPES[type](bytes.buffer, bytes.byteOffset + head, rows * columns), rows, columns };
}
