// Puts under each Markdown field a button that opens the link picker: a dialog in which entries are
// searched by title. The chosen one becomes a link, [words](kind:slug), around what was selected.
// The pattern is the ARIA combobox with a listbox, as in suggest.js.

import { insert } from "./insert.js";

const WAIT_MS = 150;
const dialog = document.querySelector("[data-link-picker]");
const input = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const status = dialog.querySelector("[data-link-picker-status]");
let field = null;
let active = -1;
let timer = 0;
let request = new AbortController();

function activate(index) {
  const options = list.children;
  options[active]?.setAttribute("aria-selected", "false");
  active = (index + options.length) % options.length;
  options[active].setAttribute("aria-selected", "true");
  options[active].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", options[active].id);
}

function show(results, text) {
  active = -1;
  input.removeAttribute("aria-activedescendant");
  list.replaceChildren(
    ...results.map(({ target, title, language, kind }, index) => {
      const option = document.createElement("li");
      const [name, detail] = [document.createElement("span"), document.createElement("small")];
      option.id = `link-picker-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      Object.assign(option.dataset, { target, title });
      name.lang = language;
      name.textContent = title;
      detail.textContent = `${kind} · ${target}`;
      option.append(name, " ", detail);
      return option;
    }),
  );
  list.hidden = results.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  status.textContent = text;
  if (results.length) activate(0);
}

async function search() {
  request.abort();
  request = new AbortController();
  const query = new URLSearchParams({ q: input.value, language: field.lang });
  try {
    const response = await fetch(`${dialog.dataset.url}?${query}`, { signal: request.signal });
    const { results, text } = await response.json();
    show(results, text);
  } catch {
    // A newer search, no network, or signed out: the link can still be typed.
  }
}

function choose({ dataset }) {
  const words = field.value.slice(field.selectionStart, field.selectionEnd).trim() || dataset.title;
  dialog.close();
  insert(field, `[${words.replace(/[[\]]/g, "\\$&")}](${dataset.target})`);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  if (input.value.trim()) timer = setTimeout(search, WAIT_MS);
  else show([], "");
});
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" && !list.hidden) activate(active + 1);
  else if (event.key === "ArrowUp" && !list.hidden) activate(active - 1);
  else if (event.key === "Enter") list.hidden || choose(list.children[active]);
  else return;
  event.preventDefault();
});
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) choose(option);
});
dialog.querySelector("[data-link-picker-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => field.focus());

for (const textarea of document.querySelectorAll("textarea[data-markdown]:enabled")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button link-button";
  button.textContent = dialog.dataset.button;
  button.addEventListener("click", () => {
    field = textarea;
    input.value = field.value.slice(field.selectionStart, field.selectionEnd).trim();
    show([], "");
    dialog.showModal();
    input.select();
    if (input.value) search();
  });
  textarea.after(button);
}
