// Rows of links that may be longer than a phone is wide, and scroll sideways: the navigation, the days.
// The current link comes into view, and so does one that is focused: browsers leave it half outside.

function bringIntoView(link) {
  const row = link.closest(".site-nav, .days ul");
  const [inner, outer] = [link.getBoundingClientRect(), row.getBoundingClientRect()];
  const isInside = inner.left >= outer.left && inner.right <= outer.right;
  if (!isInside) row.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}

const start = () => document.querySelectorAll(":is(.site-nav, .days) [aria-current]").forEach(bringIntoView);
start();
document.addEventListener("content-replaced", start);
document.addEventListener("focusin", (event) => {
  const link = event.target.closest(":is(.site-nav, .days) a");
  if (link) bringIntoView(link);
});
