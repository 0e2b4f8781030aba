// The menu of languages closes with Escape and with a tap beside it. Once, the page is offered in the
// language of the browser, in that language: the address decides, nothing is forced. Whoever takes the
// offer or declines it is not asked again: that is kept in localStorage.

const KEY = "language-offer";
const openMenu = () => document.querySelector(".languages details[open]"); // another day replaces it

const isAnswered = () => {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // the answer could not be kept: better not to ask than to ask on each page
  }
};

const remember = (answer) => {
  try {
    localStorage.setItem(KEY, answer);
  } catch {
    // As above.
  }
};

document.addEventListener("keydown", ({ key }) => {
  const menu = openMenu();
  if (key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  const menu = openMenu();
  if (menu && !menu.contains(target)) menu.open = false;
});

const primary = (tag) => tag.toLowerCase().split("-")[0];

// The first language of the browser in which this page is there; nothing if it is that of the page.
function preferred() {
  const links = [...document.querySelectorAll(".languages a")];
  for (const tag of navigator.languages ?? []) {
    const link = links.find(({ hreflang }) => primary(hreflang) === primary(tag));
    if (link) return link.hasAttribute("aria-current") ? null : link;
  }
  return null;
}

async function offer(link) {
  const code = link.hreflang;
  const answer = await fetch(`/${code}/offer.json`);
  if (!answer.ok) return;
  const words = await answer.json();
  const box = document.createElement("aside");
  const choice = document.createElement("a");
  const button = document.createElement("button");
  box.className = "language-offer on-screen";
  box.lang = code;
  box.dir = link.dir || document.documentElement.dir;
  choice.href = link.href;
  choice.hreflang = code;
  choice.textContent = link.textContent;
  choice.addEventListener("click", () => remember(code));
  button.type = "button";
  button.textContent = words.decline;
  button.addEventListener("click", () => {
    remember("declined");
    box.remove();
  });
  box.setAttribute("aria-label", link.textContent);
  box.append(`${words.offer} `, choice, " ", button);
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = document.querySelector(".languages").dataset.sheet;
  sheet.addEventListener("load", () => document.body.append(box));
  document.head.append(sheet);
}

const link = isAnswered() ? null : preferred();
if (link) offer(link).catch(() => {}); // no network: not now
