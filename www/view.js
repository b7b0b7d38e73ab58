// Owns the look of one film: poster, reason, share bar. Makes elements; knows nothing of how films are found.

/** What visitors read for a channel. */
const CHANNEL_WORD = {
  i2i: 'similar',
  ease: 'similar',
  next: 'next',
  last: 'next',
  rank: 'similar',
  walk: 'nearby',
  repeat: 'again',
  u2i: 'taste',
  peers: 'people like you',
  tags: 'similar',
  fresh: 'new',
  crowd: 'crowd',
};
const CHANNELS = Object.keys(CHANNEL_WORD);
const SVG = 'http://www.w3.org/2000/svg';
const MOTIFS = 6;
const TINTS = 5;

/** A recommended film: one button that says "I watched this", with the reason below. */
export function card(result, film, reason) {
  const button = element('button', { type: 'button', class: 'card' });
  button.dataset.item = result.id;
  button.setAttribute('aria-label', `Watched ${film.title}. ${reason}`);
  button.append(poster(result.id, film));
  const why = element('div', { class: 'why' });
  why.append(shareBar(result.why), badge(result.channel), element('p', {}, reason));
  button.append(why);
  return listItem(button);
}

/** A film on the shelf, with its two actions. */
export function watchedFilm(id, film) {
  const alike = element('button', { type: 'button', class: 'quiet' }, 'More like this');
  alike.dataset.similar = id;
  alike.setAttribute('aria-label', `More like ${film.title}`);
  const forget = element('button', { type: 'button', class: 'forget' }, '×');
  forget.dataset.forget = id;
  forget.setAttribute('aria-label', `Forget ${film.title}`);
  return listItem(poster(id, film), alike, forget);
}

/** An empty card that keeps the place of one to come. */
export function placeholder() {
  const blank = element('div', { class: 'card blank' });
  blank.append(element('div', { class: 'poster' }));
  return listItem(blank);
}

/** Parts of a whole as one bar; each part is `[class, share]`. */
export function fillBar(svg, parts) {
  const whole = parts.reduce((sum, [, share]) => sum + share, 0) || 1;
  let x = 0;
  const rects = parts.map(([name, share]) => {
    const rect = document.createElementNS(SVG, 'rect');
    const width = (100 * share) / whole;
    for (const [key, value] of Object.entries({ class: name, x, y: 0, width, height: 4 })) rect.setAttribute(key, value);
    x += width;
    return rect;
  });
  svg.replaceChildren(...rects);
}

/** A poster made of type and one shape; the colour is the genre's, its tint and the shape the film's own. */
function poster(id, film) {
  const look = hash(id);
  const genre = `genre-${slug(film.genres[0] ?? 'other')}`;
  const art = element('div', { class: `poster ${genre} motif-${look % MOTIFS} tint-${(look >> 8) % TINTS}` });
  art.append(
    element('span', { class: 'year' }, film.year),
    element('span', { class: film.title.length > 28 ? 'title long' : 'title' }, film.title),
    element('span', { class: 'genres' }, film.genres.slice(0, 2).join(' · ')),
  );
  return art;
}

function shareBar(why) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 4');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const share = (channel) => why.reduce((sum, reason) => sum + (reason.channel === channel ? reason.share : 0), 0);
  fillBar(svg, CHANNELS.map((channel) => [channel, share(channel)]).filter(([, part]) => part > 0));
  return svg;
}

function badge(channel) {
  return element('span', { class: `badge ${channel}` }, CHANNEL_WORD[channel]);
}

function listItem(...children) {
  const item = document.createElement('li');
  item.append(...children);
  return item;
}

function element(name, attributes = {}, text = '') {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function slug(text) {
  return text.toLowerCase().replace(/[^a-z]+/g, '-');
}

/** FNV-1a: the same film looks the same on every visit. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0), 0x01000193) >>> 0;
  return value >>> 4;
}
