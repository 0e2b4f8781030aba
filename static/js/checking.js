// Keys of the checking queue: each button shows its own (data-key). They do nothing inside fields or
// with Ctrl, Alt or Meta, do not repeat while they are held, and can be switched off (WCAG 2.1.4).
const STORED = "checking-keys";
const form = document.querySelector("#checking-form");
const toggle = document.querySelector("#checking-keys");
const buttons = [...document.querySelectorAll("[data-key]")];

function areOn() {
  return localStorage.getItem(STORED) !== "off";
}

function showKeys() {
  for (const button of buttons) {
    button.querySelector("kbd")?.remove();
    if (areOn()) {
      const key = document.createElement("kbd");
      key.textContent = button.dataset.key;
      button.append(" ", key);
      button.setAttribute("aria-keyshortcuts", button.dataset.key);
    } else button.removeAttribute("aria-keyshortcuts");
  }
}

function press(event) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || !areOn()) return;
  if (event.target.closest?.('input:not([type="checkbox"]), textarea, select, [contenteditable]')) return;
  const button = buttons.find((one) => one.dataset.key.toLowerCase() === event.key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  const hash = button.getAttribute("href")?.startsWith("#") && button.getAttribute("href");
  if (hash) document.querySelector(hash).focus();
  else button.click();
}

if (form) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault(); // a second click while the next step is on its way
    isSent = true;
  });
  addEventListener("pageshow", () => (isSent = false));
  const unclear = form.querySelector(".checking-unclear");
  unclear.addEventListener("toggle", () => unclear.open && unclear.querySelector("textarea").focus());
  toggle.checked = areOn();
  toggle.closest("label").hidden = false;
  toggle.addEventListener("change", () => {
    localStorage.setItem(STORED, toggle.checked ? "on" : "off");
    showKeys();
  });
  document.addEventListener("keydown", press);
  showKeys();
}
