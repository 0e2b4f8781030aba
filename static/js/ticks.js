// Ticks in the guide, for what is ready and which steps are done: the short names of the ticked entries,
// and nothing else, are kept in localStorage on this device. Where storage is refused or full, ticks
// work until the page is left.

const KEY = "guide-ticks";
const toolbar = document.querySelector(".ticks");
const next = toolbar.querySelector("span");
const link = next.appendChild(document.createElement("a"));
const boxes = new Map();

const stored = () => {
  try {
    const names = JSON.parse(localStorage.getItem(KEY));
    return new Set(Array.isArray(names) ? names : []);
  } catch {
    return new Set(); // refused, or not written by this script
  }
};

const store = (names) => {
  try {
    if (names.size === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify([...names]));
  } catch {
    // As above.
  }
};

const ticked = () => new Set([...boxes.keys()].filter((name) => boxes.get(name).checked));

// Of the steps of a way that was begun, the first that is not done.
function nextStep() {
  const isDone = (step) => step.querySelector(".tick input").checked;
  const ways = [...document.querySelectorAll(".steps")].map((list) => [...list.children]);
  const begun = ways.find((steps) => steps.some(isDone) && !steps.every(isDone));
  return begun?.find((step) => !isDone(step));
}

function show(names) {
  for (const [name, box] of boxes) box.checked = names.has(name);
  toolbar.hidden = names.size === 0;
  const step = nextStep();
  next.hidden = !step;
  if (!step) return;
  const title = step.querySelector("h3");
  link.href = `#${step.id}`;
  link.lang = title.closest("[lang]").lang;
  link.textContent = title.textContent;
}

function addBox(item, text) {
  const name = (item.id ? item : item.querySelector("[id]")).id;
  const title = item.querySelector("h3, summary");
  const parts = [...item.children];
  const label = document.createElement("label");
  const box = document.createElement("input");
  const words = document.createElement("span");
  title.id = `${name}-title`;
  words.id = `${name}-tick`;
  words.textContent = text;
  box.type = "checkbox";
  box.autocomplete = "off"; // what is stored counts, not what the browser remembers of the form
  box.setAttribute("aria-labelledby", `${words.id} ${title.id}`);
  label.className = "tick";
  label.append(box, words);
  parts.find((part) => part.contains(title)).after(label);
  boxes.set(name, box);
}

for (const list of document.querySelectorAll("[data-tick]")) {
  for (const item of list.children) addBox(item, list.dataset.tick);
}

const restore = () => {
  const names = stored();
  const known = new Set([...names].filter((name) => boxes.has(name)));
  if (known.size < names.size) store(known); // of entries that are gone
  show(known);
};

document.addEventListener("change", ({ target }) => {
  if (!target.closest(".tick")) return;
  const names = ticked();
  store(names);
  show(names);
});
toolbar.querySelector("button").addEventListener("click", () => {
  store(new Set());
  show(new Set());
  boxes.values().next().value.focus(); // the button that had it is gone
});
// Another tab, or this page as the browser kept it when one goes back.
addEventListener("storage", restore);
addEventListener("pageshow", (event) => event.persisted && restore());
restore();
