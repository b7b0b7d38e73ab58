// What the generated vectors are drawn by. Owns the laws and their words; files belong to `sets.mjs`.
//
// A set of n rows is the beginning of every larger set of its law. Queries come from dice of their own.
import { dice, normal } from './dice.mjs';

export const DIM = 64;
const CENTRES = 1000;
/** Length of the noise beside a centre of length 1: mean cosine of two rows of one centre 1 / (1 + NOISE^2) = 0.61. */
const NOISE = 0.8;

/** Name, its words, and what makes a function that writes one row into `out` at `at`. */
export const LAWS = {
  clustered: {
    words:
      `${CENTRES} centres uniform on the unit sphere of ${DIM} dimensions; a row is a centre drawn uniformly plus normal noise ` +
      `of standard deviation ${NOISE} / sqrt(${DIM}) in each coordinate, normalised`,
    draw(random) {
      const centres = new Float64Array(CENTRES * DIM);
      const gauss = normal(dice('clustered: centres'));
      for (let centre = 0; centre < CENTRES; centre++) sphere(centres, centre * DIM, gauss);
      const noise = normal(random);
      const row = new Float64Array(DIM);
      return (out, at) => {
        const from = Math.floor(random() * CENTRES) * DIM;
        for (let x = 0; x < DIM; x++) row[x] = centres[from + x] + (NOISE / Math.sqrt(DIM)) * noise();
        unit(row, 0);
        out.set(row, at);
      };
    },
  },
  isotropic: {
    words: `uniform on the unit sphere of ${DIM} dimensions: a normal number in each coordinate, normalised`,
    draw(random) {
      const gauss = normal(random);
      const row = new Float64Array(DIM);
      return (out, at) => {
        sphere(row, 0, gauss);
        out.set(row, at);
      };
    },
  },
};

/** `count` rows of the law `name`, by the dice of `purpose`. */
export function drawn(name, purpose, count) {
  const out = new Float32Array(count * DIM);
  const draw = LAWS[name].draw(dice(`${name}: ${purpose}`));
  for (let row = 0; row < count; row++) draw(out, row * DIM);
  return out;
}

function sphere(out, at, gauss) {
  for (let x = 0; x < DIM; x++) out[at + x] = gauss();
  unit(out, at);
}

function unit(out, at) {
  let square = 0;
  for (let x = 0; x < DIM; x++) square += out[at + x] ** 2;
  for (let x = 0; x < DIM; x++) out[at + x] /= Math.sqrt(square);
}
