// Another day without loading the page anew: a link among the days fetches that page, and what differs
// takes the place of what stands there. The address changes, going back works, and whatever goes wrong
// ends in an ordinary visit.

const PARTS = ["main", ".languages"];
let shown = location.search;

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function show(address) {
  const page = await fetched(address);
  const put = () => {
    document.title = page.title;
    shown = new URL(address).search;
    for (const part of PARTS) {
      document.querySelector(part).replaceChildren(...page.querySelector(part).childNodes);
    }
    document.dispatchEvent(new Event("content-replaced"));
  };
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isCalm || !document.startViewTransition) put();
  else await document.startViewTransition(put).updateCallbackDone;
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.(".days a");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented) return;
  event.preventDefault();
  try {
    await show(link.href);
    history.pushState(null, "", link.href);
    document.querySelector(".days a[aria-current]")?.focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  }
});

addEventListener("popstate", () => {
  if (location.search === shown) return; // only a jump within the page
  show(location.href).catch(() => location.reload());
});
