// The check of links goes on by itself: batch after batch, until all pages are visited or "Stop" is pressed.
// Without this script "Check the next ones" is pressed for each batch.
const part = document.getElementById("link-check-part");
const progress = document.getElementById("link-check-status");
let isStopped = false;

const form = () => document.getElementById("link-check-form");
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function setBusy(isBusy) {
  for (const button of form().querySelectorAll("[type=submit]")) button.disabled = isBusy;
}

async function visitNext() {
  const body = new FormData(form());
  setBusy(true);
  const response = await fetch(location.pathname, { method: "POST", body });
  if (!response.ok || response.redirected) throw new Error(response.status); // signed out, for instance
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  part.replaceChildren(...page.getElementById("link-check-part").childNodes);
  progress.textContent = page.getElementById("link-check-status").textContent.trim();
}

async function visitAll() {
  isStopped = false;
  try {
    await visitNext();
    while (!isStopped && "goesOn" in form().dataset) {
      setBusy(true);
      await wait(Number(form().dataset.pause));
      if (!isStopped) await visitNext();
    }
  } catch {
    progress.textContent = progress.dataset.failed;
  }
  setBusy(false);
}

part.addEventListener("submit", (event) => {
  event.preventDefault();
  visitAll();
});
part.addEventListener("click", (event) => {
  if (event.target.id !== "link-check-stop") return;
  event.preventDefault();
  isStopped = true;
  setBusy(false);
});
