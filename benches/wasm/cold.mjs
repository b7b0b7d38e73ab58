// One cold visit in a process of its own: prints its times as one line of JSON. Arguments: the artefact as JSON, a folder.
import { K, ask, history, openCore, openRecall } from './runtime.mjs';

const [artefact, folder] = [JSON.parse(process.argv[2]), process.argv[3]];
const times = {};
const timed = async (what, work) => {
  const start = performance.now();
  const result = await work();
  times[what] = performance.now() - start;
  return result;
};

if (process.argv[4] === 'core') {
  const opened = await openCore(artefact, folder);
  Object.assign(times, opened.times);
  opened.core.observe('view', history(20), ask('recommend', K).minute);
  await timed('first answer', () => opened.core.finish(ask('recommend', K)));
} else {
  const load = await openRecall(artefact, folder);
  const recall = await timed('load()', load);
  recall.observe('view', history(20));
  await timed('first recommend()', () => recall.recommend({ k: K }));
  await timed('second recommend()', () => recall.recommend({ k: K }));
}
console.log(JSON.stringify(times));
