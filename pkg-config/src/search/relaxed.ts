/** Owns the choice between the wasm builds of search: what an engine makes of relaxed SIMD is tried, not read off its version. */
import { simdWorks } from '../simd.js';

/** `relaxed.wat`, assembled. */
const SELF_TEST =
  'AGFzbQEAAAABCgJgAXsBe2AAAX8DAwIAAQcFAQF0AAEKhwECKwD9DH9/f3+AgICAf4B/gICAAwEgAP0MAQAAAAEAAAABAAAAAQAAAP2TAgtZ' +
  'AP0M////////////AAD/AACFeRAA/QwF+gEAAQL+/wL///8JAgAA/Tf9owH9DH9/f39/f39/f4CAf4CABfkQAP0MBfwAAAEC//8CAAAACYAA' +
  'AP03/aMBcgs=';

/** Whether products of extreme bytes are exact here; true also means that the wasm for it can be compiled. */
function relaxedWorks(): boolean {
  try {
    const bytes = Uint8Array.from(atob(SELF_TEST), (char) => char.charCodeAt(0));
    const { t } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    return (t as () => number)() === 1;
  } catch {
    return false;
  }
}

/** The first of three that this engine runs as it should. */
export function fastest<T>(relaxed: T, simd: T, baseline: T): T {
  if (!simdWorks()) return baseline;
  return relaxedWorks() ? relaxed : simd;
}
