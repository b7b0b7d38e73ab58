// The self-test that chooses between the SIMD and the baseline wasm: its bytes are its text, its answer is arithmetic.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import binaryen from 'binaryen';

const SOURCE = new URL('../../pkg-config/src/', import.meta.url);
const text = (name) => readFile(new URL(name, SOURCE), 'utf8');
const bytesIn = (script) =>
  Buffer.from([...script.matchAll(/^ {2}'([^']+)'/gm)].map((match) => match[1]).join(''), 'base64');
const script = await text('simd.ts');
const embedded = bytesIn(script);
const answer = Number(/const ANSWER = (-?\d+);/.exec(script)[1]);

for (const name of ['simd', 'search/relaxed']) {
  test(`the bytes in ${name}.ts are ${name}.wat, assembled`, async () => {
    const module = binaryen.parseText(await text(`${name}.wat`));
    module.setFeatures(binaryen.Features.All);
    assert.ok(module.validate());
    assert.deepEqual(bytesIn(await text(`${name}.ts`)), Buffer.from(module.emitBinary()));
  });
}

test('the known answer is what the same steps give without SIMD', async () => {
  assert.equal(withoutSimd(), answer);
  const { instance } = await WebAssembly.instantiate(embedded);
  assert.equal(instance.exports.t(0), answer);
});

function withoutSimd() {
  const words = new Int16Array([7, -7, 0x1234, 0xedcc, -0x7fff, 0x7fff, 42, -42]);
  const bytes = new Int8Array([1, -1, 127, -128, 0x55, 0xaa, 0x13, 0xed]);
  const halves = [0x3c00, 0x2e66, 0xb4cd, 0x7bff, 0x0001, 0x8000, 0x4248, 0xc171];
  const dot = [0, 2, 4, 6].map((i) => words[i] * bytes[i] + words[i + 1] * bytes[i + 1] + 97);
  const sum = [0, 1, 2, 3].map((i) =>
    Math.fround(Math.fround(half(halves[i]) * Math.fround(0.1)) + half(halves[i + 4])),
  );
  const bits = [...new Int32Array(new Float32Array(sum).buffer)];
  const integers = Math.imul(dot[0], 3) + dot[1] - Math.imul(dot[2], 5);
  const turned = (bits[3] << 9) | (bits[3] >>> 23);
  const floats = Math.imul(dot[3], 7) + Math.imul(bits[0], 11) + Math.imul(bits[1], 13) + (bits[2] ^ turned);
  return (integers | 0) ^ (floats | 0);
}

/** IEEE half precision to a number. */
function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
