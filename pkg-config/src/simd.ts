/** Owns the choice between the two wasm builds: some engines accept SIMD and compute it wrongly, so it is tried. */

/** `simd.wat`, assembled. */
const SELF_TEST =
  'AGFzbQEAAAABCwJgAXsBe2ABfwF/AwMCAAEFAwEAAQcFAQF0AAEMAQMKxgECNwAgAEH//wH9Ef1OQQ39qwH9DAAAgHcAAIB3AACA' +
  'dwAAgHf95gEgAEGAgAL9Ef1OQRD9qwH9UAuLAQEDeyAA/QAEACAA/QEDEP26ASEBIAFB4QD9Ef2uASEBIAD9AAAZIQIgAv2pARAA' +
  'Q83MzD39E/3mASAC/aoBEAD95AEhAyAB/RsAQQNsIAH9GwEgAf0bAkEFbGtqIAH9GwNBB2wgA/0fALxBC2xqIAP9HwG8QQ1sIAP9' +
  'HwK8IAP9HwO8QQl3c2pqcwsLOAMAQQALEAcA+f80EsztAYD/fyoA1v8AQRALCAH/f4BVqhPtAEEZCxAAPGYuzbT/ewEAAIBIQnHB';
const ANSWER = -1902005514;

/** Runs the SIMD instructions that the kernels use; true when the result is the right one. */
export function simdWorks(): boolean {
  try {
    const bytes = Uint8Array.from(atob(SELF_TEST), (char) => char.charCodeAt(0));
    const { t } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    return (t as (zero: number) => number)(0) === ANSWER;
  } catch {
    return false;
  }
}
