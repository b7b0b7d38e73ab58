// Random numbers that are the same on every run and every host. Owns the generator; what is drawn belongs to `laws.mjs`.

/** Uniform numbers in [0, 1): sfc32 (Doty-Humphrey, PractRand), 32 bits each, started by the text `seed`. */
export function dice(seed) {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, fnv(seed), 1];
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 16; round++) next();
  return next;
}

/** Standard normal numbers out of `uniform`, two at a time (Box and Muller 1958). */
export function normal(uniform) {
  let spare;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** FNV-1a, 32 bits. */
function fnv(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
