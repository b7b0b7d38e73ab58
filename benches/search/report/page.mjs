// The blocks of docs/search.md that a run writes: names of markers, and the Markdown between them.
import { remark } from './gpu.mjs';
import { cells, chosen, yardstick } from './tables.mjs';
import { ratio } from './targets.mjs';

/** `{ marker: Markdown }`. */
export function blocks(document) {
  return {
    'the laws': laws(document),
    targets: verdicts(document),
    figures: document.sets.filter(({ rows }) => rows.some(({ k }) => k === 10)).map((set) => table(set)).join('\n\n'),
    downloads: sizes(document),
  };
}

function laws({ words, host, cpu, sets, gpu }) {
  const rounds = Math.max(...sets.flatMap(({ rows }) => rows.map((row) => row.rounds.length)));
  const list = Object.entries(words).map(([name, text]) => `- **${name}**: ${text}.`);
  return `${list.join('\n')}\n\nMeasured with ${host} on ${cpu}, one thread; medians of ${rounds} rounds of the median query; ${remark(gpu)}.`;
}

function verdicts({ targets }) {
  const head = '| | found | wanted | |\n| --- | --- | --- | --- |\n';
  const verdict = ({ met, beside }) => (met === undefined ? 'not measured' : `${met ? 'met' : '**not met**'}${beside ? ', beside' : ''}`);
  return head + targets.map((one) => `| ${one.what} | ${one.found} | ${one.wanted} | ${verdict(one)} |`).join('\n');
}

/** One set: every contender at the recall that stands for it. */
function table(set) {
  const yard = yardstick(set);
  const head = ['', 'recall@10', 'ms', 'of the peer', 'recall@100', 'ms', 'of the peer', 'bytes a row', 'load ms'];
  const lines = [`### ${set.set}`, '', row(head), row(['---', ...head.slice(1).map(() => '---:')])];
  for (const { peer, ten, hundred } of chosen(set)) {
    const load = peer.load_ms === undefined ? '–' : peer.load_ms.toFixed(peer.load_ms < 10 ? 2 : 0);
    const effort = ten?.effort > 0 ? ` (${peer.lane === 'cells' ? 'probes' : 'ef'} ${ten.effort}, ${hundred?.effort ?? '–'})` : '';
    const figures = [...cells(ten, yard.ten, ratio), ...cells(hundred, yard.hundred, ratio)];
    lines.push(row([`${peer.name}${effort}`, ...figures, (peer.bytes / set.count).toFixed(0), load]));
  }
  const absent = set.missing.filter(({ expected }) => !expected).map(({ name, why }) => `${name} is missing: ${why}`);
  return [...lines, ...(absent.length > 0 ? ['', `${absent.join('. ')}.`] : [])].join('\n');
}

function sizes({ download }) {
  const rows = Object.entries(download).toSorted((a, b) => a[1] - b[1]);
  const lines = rows.map(([name, bytes]) => row([name, `${(bytes / 1000).toFixed(1)} KB`]));
  return [row(['package', 'gzip -9']), row(['---', '---:']), ...lines].join('\n');
}

const row = (words) => `| ${words.join(' | ')} |`.replaceAll('|  |', '| |');
