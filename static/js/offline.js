// Copies for when there is no network, made by the service worker of the page's language: switched on
// with the first visit, off and removed with one tap on the privacy page. The installed site begins in
// the language last read. Nothing of this happens on editors' pages; what is refused is left out.
(() => {
  const OFF = "without-copies";
  const LANGUAGE = "language-last-read";
  const START = "#start"; // as in the manifest
  const manifest = document.querySelector("link[rel=manifest]");
  const scope = manifest && new URL(".", manifest.href).pathname;
  if (!scope || !location.pathname.startsWith(scope)) return;

  const quietly = (action) => {
    try {
      return action();
    } catch {
      return null; // storage is refused or full
    }
  };
  const isInstalled = matchMedia("(display-mode: standalone), (display-mode: minimal-ui)").matches;
  const last = quietly(() => localStorage.getItem(LANGUAGE));
  if (isInstalled && location.hash === START && last && last !== scope) {
    const link = document.querySelector(`.languages a[href="${CSS.escape(last)}"]`);
    if (link) location.replace(link.href);
  } else if (isInstalled) quietly(() => localStorage.setItem(LANGUAGE, scope));

  const workers = navigator.serviceWorker;
  if (!workers) return;
  const isOff = () => quietly(() => localStorage.getItem(OFF)) !== null;
  const register = () => workers.register(`${scope}service-worker.js`).catch(() => {});
  const remove = async () => {
    for (const worker of await workers.getRegistrations()) await worker.unregister();
    for (const name of await caches.keys()) if (name.startsWith("copies-")) await caches.delete(name);
  };
  if (!isOff() && !navigator.connection?.saveData) addEventListener("load", register);

  const box = document.querySelector(".copies");
  if (!box) return;
  const [removeButton, makeButton] = box.querySelectorAll("button");
  const show = () => {
    removeButton.hidden = isOff();
    makeButton.hidden = !isOff();
  };
  const status = document.createElement("p");
  const say = (text) => {
    status.setAttribute("role", "status"); // from now on: a screen reader names an empty one too
    box.append(status);
    status.textContent = text;
  };
  removeButton.addEventListener("click", async () => {
    quietly(() => {
      localStorage.setItem(OFF, "");
      localStorage.removeItem(LANGUAGE);
    });
    await remove().catch(() => {});
    show();
    say(box.dataset.removed);
  });
  makeButton.addEventListener("click", async () => {
    quietly(() => localStorage.removeItem(OFF));
    await register();
    show();
    say("");
  });
  show();
  box.hidden = false;
})();
