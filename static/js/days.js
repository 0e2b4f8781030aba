// Another day without loading the page anew: a link among the days fetches that page, and what differs
// takes the place of what stands there. The address changes, going back works, and whatever goes wrong
// ends in an ordinary visit. Focus stays on the day that is shown, and screen readers say what is true on it.

const PARTS = ["main", ".languages"];
const SPOKEN = "main .notice:not(#overdue), main .lead, #answer-title, #answer .verdict-state, #answer .facts";
let shown = location.search;

const live = document.createElement("p"); // outside of what is replaced: it has to be there before its words
live.className = "visually-hidden";
live.setAttribute("aria-live", "polite");
document.body.append(live);

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
    if (document.activeElement === document.body) {
      document.querySelector(".days a[aria-current]")?.focus({ preventScroll: true });
    }
    live.textContent = [...document.querySelectorAll(SPOKEN)].map((part) => part.innerText).join("\n");
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
  } catch {
    location.assign(link.href);
  }
});

addEventListener("popstate", () => {
  if (location.search === shown) return; // only a jump within the page
  show(location.href).catch(() => location.reload());
});
