// Owns the demo's flow: load, ask, show, listen. All recommending happens inside recall.js.
import { load } from './recall/recall.js';
import { card, fillBar, placeholder, watchedFilm } from './view.js';

/** What a smaller answer is told with. */
const TROUBLE = {
  missing: ({ missing }) => `${missing.length} data files could not be read; the list does without them.`,
  budget: () => 'The network was too slow for everything; the list gets better with the next click.',
  offline: () => 'No network: the list comes from what this browser has kept.',
  stale: () => 'The site is being updated; the list comes from its last version.',
};

const RESULTS = 24;
const ALIKE = 6;

const $ = (id) => document.getElementById(id);
const visit = { bytes: 0, requests: 0 };
/** Ids, newest first. */
let watched = [];
let films = {};
let recall;
/** Number of the newest question: an older answer that comes late is not shown. */
let asked = 0;

/** What the headless check reads, written anew after every render; its bytes and requests are those of the visit. */
globalThis.edgeRecallDemo = { cold: [], latest: [], k: RESULTS, stats: null, ready: false };

try {
  $('list').replaceChildren(...Array.from({ length: RESULTS }, placeholder));
  [recall, films] = await Promise.all([load('./recall/'), fetchFilms()]);
  listen();
  await refresh();
} catch (error) {
  $('list').replaceChildren();
  $('list-title').textContent = 'No films today';
  showTrouble(`The recommender could not be loaded: ${error.message}`);
}

async function fetchFilms() {
  const response = await fetch('./data/films.json');
  if (!response.ok) throw new Error(`data/films.json answered ${response.status}`);
  return response.json();
}

function listen() {
  for (const select of [$('age'), $('gender')]) select.addEventListener('change', () => void refresh());
  $('list').addEventListener('click', onWatch);
  $('alike-list').addEventListener('click', onWatch);
  $('watched').addEventListener('click', (event) => {
    const { forget, similar } = event.target.closest('button')?.dataset ?? {};
    if (similar) void showAlike(similar);
    if (!forget) return;
    recall.profile.forget(forget);
    watched = watched.filter((id) => id !== forget);
    void refresh();
  });
  $('restart').addEventListener('click', () => {
    recall.profile.clear();
    watched = [];
    $('alike').hidden = true;
    void refresh();
  });
  $('alike-close').addEventListener('click', () => {
    $('alike').hidden = true;
  });
}

async function onWatch(event) {
  const button = event.target.closest('button[data-item]');
  if (!button) return;
  const place = [...button.closest('ul').querySelectorAll('button[data-item]')].indexOf(button);
  recall.observe('click', button.dataset.item);
  watched = [button.dataset.item, ...watched.filter((id) => id !== button.dataset.item)];
  $('alike').hidden = true;
  await refresh();
  // The clicked card is gone: the keyboard stays where it was.
  $('list').querySelectorAll('button[data-item]')[place]?.focus({ preventScroll: true });
}

/** Asks for the list and shows it with everything around it. */
async function refresh() {
  const question = ++asked;
  recall.setContext(context());
  const results = await recall.recommend({ k: RESULTS });
  count(results.stats);
  if (question !== asked) return;
  $('list').replaceChildren(...results.map(cardOf));
  $('list').removeAttribute('aria-busy');
  $('list-title').textContent = heading();
  $('watched').replaceChildren(...watched.map((id) => watchedFilm(id, filmOf(id))));
  $('shelf').hidden = watched.length === 0;
  showCost(results.stats);
  report(results);
}

async function showAlike(id) {
  const results = await recall.similar(id, { k: ALIKE, exclude: ['seen'] });
  count(results.stats);
  showCost(results.stats);
  $('alike-title').textContent = `More like ${filmOf(id).title}`;
  $('alike-list').replaceChildren(...results.map(cardOf));
  $('alike').hidden = false;
  $('alike-title').focus();
}

function cardOf(result) {
  return card(result, filmOf(result.id), because(result));
}

/** The strongest reason of the strongest channel, as a sentence. */
function because(result) {
  const reason = result.why.find((why) => why.channel === result.channel);
  const film = reason?.seed && filmOf(reason.seed).title;
  switch (result.channel) {
    case 'crowd':
      return `Popular with ${crowdName()}`;
    case 'next':
      return film ? `Often watched after ${film}` : 'Often watched next';
    case 'last':
      return film ? `Often watched right after ${film}` : 'Often watched right after';
    case 'walk':
      return film ? `Not far from ${film}` : 'Not far from what you watched';
    case 'repeat':
      return 'You may want to watch it again';
    case 'fresh':
      return 'New here';
    case 'peers':
      return 'Popular with people like you';
    case 'u2i':
      return film ? `Fits your taste, above all ${film}` : 'Fits your taste';
    default:
      return film ? `Because you watched ${film}` : 'Like what you watched';
  }
}

function context() {
  return { age: $('age').value || undefined, gender: $('gender').value || undefined };
}

function crowdName() {
  const { age, gender } = context();
  const people = { F: 'women', M: 'men' }[gender];
  if (!age) return people ?? 'everyone';
  return `${people ?? 'people'} ${age.replace('-', age.startsWith('under') ? ' ' : '–')}`;
}

function heading() {
  if (watched.length === 0) return `Popular with ${crowdName()}`;
  return watched.length === 1 ? `Because you watched ${filmOf(watched[0]).title}` : 'For you';
}

/** A film's display data; an item without any shows its id. */
function filmOf(id) {
  const { title = id, year = '', genres = [] } = films[id] ?? {};
  return { title, year, genres };
}

function count(stats) {
  visit.bytes += stats.bytes;
  visit.requests += stats.requests;
}

function showCost(stats) {
  const files = performance.getEntriesByType('resource').filter(({ name }) => /\/recall\w*\.(js|wasm)$/.test(name));
  const runtime = files.reduce((sum, file) => sum + file.encodedBodySize, 0);
  $('cost-total').textContent = kilobytes(runtime + visit.bytes);
  $('cost-runtime').textContent = kilobytes(runtime);
  $('cost-data').textContent = kilobytes(visit.bytes);
  $('cost-requests').textContent = String(files.length + visit.requests);
  $('cost-ms').textContent = `${stats.ms < 10 ? stats.ms.toFixed(1) : Math.round(stats.ms)} ms`;
  $('cost-cells').textContent = String(stats.cells);
  fillBar($('cost-split'), [['runtime', runtime], ['data', visit.bytes]]);
  showTrouble(TROUBLE[stats.degraded]?.(stats) ?? '');
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} KB`;
}

function showTrouble(text) {
  $('trouble').textContent = text;
  $('trouble').hidden = text === '';
}

function report(results) {
  const latest = results.map(({ id, channel, channels, why }) => ({ id, channel, channels, why }));
  const cold = watched.length === 0 ? latest : globalThis.edgeRecallDemo.cold;
  globalThis.edgeRecallDemo = { cold, latest, k: RESULTS, stats: { ...results.stats, ...visit }, ready: true };
}
