// Opens copies of some pages while the network is away. The script that imports this has COPIES.
const PREFIX = `copies-${COPIES.language}-`;
const PAGES = PREFIX + COPIES.version;
const VERDICT = `${PREFIX}verdict`; // of the last answer, whatever the version
const TIMEOUT_MS = 4000;

const isPage = ({ pathname, search }) => COPIES.pages.includes(pathname) && !search;
const isVerdict = ({ pathname, search }) => pathname === COPIES.check && search !== "";

async function store(address, response) {
  const html = await response.clone().text();
  const isAnswer = isVerdict(new URL(address, location));
  if (isAnswer && !html.includes(COPIES.verdict)) return; // a question is still open
  const cache = await caches.open(PAGES);
  for (const [file] of html.matchAll(/[^"]+\.(css|js|svg)\b/g))
    if (file.startsWith(COPIES.statics) && !(await cache.match(file))) await cache.add(file);
  if (isAnswer) await caches.delete(VERDICT);
  await (isAnswer ? await caches.open(VERDICT) : cache).put(address, response);
}

async function copyOf(url) {
  const [last] = await (await caches.open(VERDICT)).keys();
  const copy = await caches.match((url.pathname === COPIES.check && last) || url.origin + url.pathname);
  if (!copy) return null;
  const form = { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Paris", numberingSystem: "latn" };
  const moment = new Date(copy.headers.get("Date")).toLocaleString(COPIES.language, form);
  const link = last ? ` <a href="${last.url}">${COPIES.last}</a>` : "";
  const notice = `<div class="wrap"><p class="notice">${COPIES.notice.replace("{moment}", moment)}${link}</p></div>`;
  const html = (await copy.text()).replace(/<main[^>]*>/, (main) => main + notice);
  return new Response(html, copy);
}

async function visit(event, url) {
  const network = fetch(event.request);
  if (isPage(url) || isVerdict(url)) {
    const stored = network.then((response) => response.ok && store(url.href, response.clone()));
    event.waitUntil(stored.catch(() => {})); // a full disk: as without copies
  }
  const timeout = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS));
  try {
    return (await Promise.race([network, timeout])) ?? (await copyOf(url)) ?? (await network);
  } catch {
    const [first] = COPIES.pages;
    return (await copyOf(url)) ?? (url.pathname === first ? Response.error() : Response.redirect(first));
  }
}

async function fill() {
  for (const page of COPIES.pages) await store(page, await fetch(page, { cache: "no-cache" }));
  await skipWaiting();
}

async function empty() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  for (const name of names) if (name !== PAGES && name !== VERDICT) await caches.delete(name);
}

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(empty()));
addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const address = new URL(url);
  if (mode === "navigate") event.respondWith(visit(event, address));
  else if (address.pathname.startsWith(COPIES.statics))
    event.respondWith(caches.match(url).then((file) => file ?? fetch(event.request)));
});
