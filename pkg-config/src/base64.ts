/** Owns base64 of bytes. */

/** Bytes of base64. */
export function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Base64 of bytes. */
export function encode(bytes: Uint8Array): string {
  // Letter by letter: 64 KB are more arguments than some engines take.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
