// once.mjs FOLDER: one visit to the demo in headless Chromium; one line of JSON on standard output.
// Fails when the page did not show full lists, when clicking changed nothing, or when the console saw an error.
import { launch } from './chromium.mjs';
import { serve } from './static-server.mjs';

const CLICKS = 5;
/** How long the page may take to show anything at all. */
const PATIENCE_MS = 20_000;
/** How long an answer may take to replace another; it may also leave the list as it was. */
const CHANGE_MS = 3_000;

/** Collects everything that a developer would see in red. */
function watchErrors(page) {
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('requestfailed', (request) => errors.push(`${request.failure()?.errorText} ${request.url()}`));
  return errors;
}

const ids = (list) => list.map((result) => result.id);
const same = (one, two) => one.length === two.length && one.every((id, at) => id === two[at]);

/**
 * Waits until the page's list `name` has stopped changing, and gives it.
 * `before`: a list it is expected to leave behind; where it does not, `patience` ends the waiting.
 */
async function settled(page, name, before = null, patience = PATIENCE_MS) {
  const waiting = page.waitForFunction(
    ([name, before]) => {
      const list = globalThis.edgeRecallDemo?.[name];
      const now = list?.length ? JSON.stringify(list.map((result) => result.id)) : null;
      const quiet = (globalThis.onceQuiet ??= {});
      if (now === null || now === before) return false;
      if (quiet.now !== now) Object.assign(quiet, { now, since: performance.now() });
      return performance.now() - quiet.since > 200;
    },
    [name, before && JSON.stringify(ids(before))],
    { timeout: patience, polling: 50 },
  );
  if (before) await waiting.catch(() => {});
  else await waiting;
  return (await page.evaluate((name) => globalThis.edgeRecallDemo[name], name)) ?? [];
}

/** Chooses a crowd: the list of everybody gives way to the list of that crowd. */
async function chooseCrowd(page, everybody) {
  await page.selectOption('#age', '25-34');
  await page.selectOption('#gender', 'F');
  return settled(page, 'cold', everybody, CHANGE_MS);
}

/** Clicks the first card that was not clicked before, and waits for the page to answer. */
async function clickNext(page, clicked) {
  const cards = page.locator('[data-item]:visible');
  const offered = await cards.evaluateAll((found) => found.map((card) => card.dataset.item));
  const at = offered.findIndex((id) => !clicked.includes(id));
  if (at < 0) throw new Error(`no card left to click after ${clicked.length}`);
  clicked.push(offered[at]);
  const before = await page.evaluate(() => globalThis.edgeRecallDemo.latest ?? []);
  await cards.nth(at).click();
  return settled(page, 'latest', before, CHANGE_MS);
}

function summary(result) {
  return { id: result.id, channel: result.channel, channels: result.channels ?? [], why: result.why ?? [] };
}

async function visit(context, url) {
  const page = context.pages()[0] ?? (await context.newPage());
  const errors = watchErrors(page);
  const start = performance.now();
  const response = await page.goto(url);
  const everybody = await settled(page, 'cold');
  const loaded = performance.now();
  const cold = await chooseCrowd(page, everybody);
  const clicked = [];
  const clicking = performance.now();
  let personal = [];
  while (clicked.length < CLICKS) personal = await clickNext(page, clicked);
  const done = performance.now();
  const { stats = {}, k = cold.length } = await page.evaluate(() => {
    const { stats, k } = globalThis.edgeRecallDemo;
    return { stats, k };
  });
  const known = ids(cold);
  return {
    cold: cold.map(summary),
    personal: personal.map(summary),
    k,
    clicked,
    different: ids(personal).filter((id) => !known.includes(id)).length,
    channels: [...new Set(personal.flatMap((result) => result.channels))],
    triggers: [...new Set(personal.flatMap((result) => (result.why ?? []).map((reason) => reason.seed)))].filter(Boolean),
    bytes: stats.bytes,
    requests: stats.requests,
    ms: { load: Math.round(loaded - start), clicks: Math.round(done - clicking), recommend: stats.ms },
    console_errors: errors,
    csp: response.headers()['content-security-policy'] ?? '',
  };
}

function faults(report) {
  const found = [];
  const { k, cold, personal } = report;
  if (cold.length !== k || k === 0) found.push(`${cold.length} of ${k} results in the crowd list`);
  if (personal.length !== k) found.push(`${personal.length} of ${k} results in the personal list`);
  if (same(ids(cold), ids(personal))) found.push('the personal list is the crowd list');
  if (report.console_errors.length > 0) found.push(`errors in the console: ${report.console_errors.join(' | ')}`);
  return found;
}

const server = await serve(process.argv[2]);
const browser = await launch();
try {
  const report = await visit(browser.context, server.url);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const fault of faults(report)) {
    console.error(`demo --once: ${fault}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`demo --once: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.close();
}
