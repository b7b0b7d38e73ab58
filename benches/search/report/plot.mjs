// The plot of crossovers: milliseconds by catalogue size on paper ruled by powers of ten, a line a kind of search. An SVG by
// hand that reads on light and on dark ground.
import { crossover, fastest } from '../lib/figures.mjs';
import { lineOf, remark } from './gpu.mjs';
import { RECALL } from './tables.mjs';

const [WIDTH, HEIGHT] = [780, 464];
const FRAME = { left: 64, right: 640, top: 44, bottom: 384 };
/** Lanes, their colours on light and on dark ground, and how far from solid their line is. */
const LANES = {
  flat: { light: '#0b6bcb', dark: '#6cb6ff', dash: '' },
  cells: { light: '#1a7f37', dark: '#57d364', dash: '7 3' },
  hnsw: { light: '#bc4c00', dark: '#f0883e', dash: '2 3' },
  gpu: { light: '#8250df', dark: '#c297ff', dash: '9 3 2 3' },
  peer: { light: '#6e7781', dark: '#8b949e', dash: '1 4' },
};
const TITLES = { peer: 'best wasm peer' };

/** The picture of all clustered sets at k = 10, and of what `gpu` has for real. */
export function plot(sets, gpu) {
  const onGpu = lineOf(gpu);
  const lines = { ...linesOf(sets.filter(({ law }) => law === 'clustered'), 10), ...(onGpu.length > 0 ? { gpu: onGpu } : {}) };
  const points = Object.values(lines).flat();
  if (points.length === 0) return svg(text(WIDTH / 2, HEIGHT / 2, 'nothing measured', 'middle'));
  const axis = (of, from, to) => ruled(points.map((point) => point[of]), from, to);
  const [x, y] = [axis(0, FRAME.left, FRAME.right), axis(1, FRAME.bottom, FRAME.top)];
  return svg([
    text(FRAME.left, 24, `Milliseconds of one query, k = 10, recall ≥ ${RECALL}, by rows of the catalogue`, 'start', 'title'),
    ...x.ticks.map((at) => `${rule(x.of(at), FRAME.top, x.of(at), FRAME.bottom)}${text(x.of(at), FRAME.bottom + 20, rowsText(at), 'middle')}`),
    ...y.ticks.map((at) => `${rule(FRAME.left, y.of(at), FRAME.right, y.of(at))}${text(FRAME.left - 8, y.of(at) + 4, `${at}`, 'end')}`),
    ...Object.entries(lines).map(([lane, points]) => drawn(lane, points, x, y)),
    ...labels(lines, x, y),
    text(FRAME.left, FRAME.bottom + 44, crossings(lines), 'start'),
    text(FRAME.left, FRAME.bottom + 66, plain(remark(gpu)), 'start'),
  ].join('\n'));
}

/** `{ lane: [[rows, ms]] }`: the fastest of a lane that reaches the recall, by size; lanes with points only. */
export function linesOf(sets, k) {
  const lanes = { flat: [], cells: [], hnsw: [], peer: [] };
  for (const set of sets.toSorted((a, b) => a.count - b.count)) {
    for (const [lane, points] of Object.entries(lanes)) {
      const wanted = ({ kind, lane: own }) => (lane === 'peer' ? kind === 'wasm' : own === lane);
      const names = new Set(set.peers.filter(wanted).map(({ name }) => name));
      const best = fastest(set.rows.filter((row) => row.k === k && names.has(row.name)), RECALL);
      if (best) points.push([set.count, best.ms]);
    }
  }
  return Object.fromEntries(Object.entries(lanes).filter(([, points]) => points.length > 0));
}

/** From where on a kind of search is faster than the flat scan, in words. */
export function crossings(lines) {
  if (!lines.flat) return '';
  const from = (lane) => {
    const at = crossover(lines[lane], lines.flat);
    if (at) return `from ${rowsText(Number(at.toPrecision(2)))} rows on`;
    const [[rows, ms]] = lines[lane];
    const flat = lines.flat.find(([other]) => other === rows);
    return flat && ms < flat[1] ? `at every size from ${rowsText(rows)} on` : 'at no size';
  };
  const words = ['cells', 'hnsw', 'gpu'].filter((lane) => lines[lane]).map((lane) => `${lane} ${from(lane)}`);
  return words.length > 0 ? `Faster than the flat scan: ${words.join(', ')}` : '';
}

/** An axis in powers of ten, from `from` to `to` on the paper, one tick a power. */
function ruled(values, from, to) {
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const span = Math.max(high - low, 1);
  const ticks = Array.from({ length: span + 1 }, (_, at) => Number(`1e${low + at}`));
  return { ticks, of: (value) => from + ((Math.log10(value) - low) / span) * (to - from) };
}

function drawn(lane, points, x, y) {
  const place = ([rows, ms]) => `${x.of(rows).toFixed(1)},${y.of(ms).toFixed(1)}`;
  const dots = points.map((point) => `<circle class="${lane} dot" cx="${place(point).split(',')[0]}" cy="${place(point).split(',')[1]}" r="3.2"/>`);
  return `<polyline class="${lane} line" points="${points.map(place).join(' ')}"/>${dots.join('')}`;
}

/** Names at the ends of the lines, moved apart where they would lie on each other. */
function labels(lines, x, y) {
  const ends = Object.entries(lines).map(([lane, points]) => ({ lane, x: x.of(points.at(-1)[0]), y: y.of(points.at(-1)[1]) }));
  ends.sort((a, b) => a.y - b.y);
  for (let at = 1; at < ends.length; at++) ends[at].y = Math.max(ends[at].y, ends[at - 1].y + 15);
  return ends.map(({ lane, x, y }) => text(x + 9, y + 4, TITLES[lane] ?? lane, 'start', `${lane} name`));
}

const rule = (x1, y1, x2, y2) => `<line class="rule" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`;
const text = (x, y, words, anchor, kind = '') =>
  `<text${kind && ` class="${kind}"`} x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
/** Words from elsewhere, as long as the paper has room for. */
const plain = (words) => (words.length > 96 ? `${words.slice(0, 95)}…` : words).replace(/[<>&]/g, ' ');
const rowsText = (rows) => (rows >= 1e6 ? `${rows / 1e6}M` : rows >= 1e3 ? `${rows / 1e3}k` : `${rows}`);

function svg(inside) {
  const styles = (ground) => Object.entries(LANES).map(([lane, of]) =>
    `.${lane}.line{stroke:${of[ground]}}.${lane}.dot,.${lane}.name{fill:${of[ground]}}`).join('');
  const dashes = Object.entries(LANES).map(([lane, { dash }]) => dash && `.${lane}.line{stroke-dasharray:${dash}}`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Time of a query by catalogue size">
<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:14px;font-weight:600}.name{font-weight:600}
.rule{stroke:#d0d7de;stroke-width:1}.line{fill:none;stroke-width:2}
${styles('light')}${dashes}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.rule{stroke:#30363d}${styles('dark')}}
</style>
${inside}
</svg>
`;
}
