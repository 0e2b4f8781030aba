// The map for pointer and keyboard: the name and state of a department stand in the corner of the map
// while it is pointed at or focused. The whole map is one stop of the Tab key; arrow keys lead to the
// nearest department in their direction. Without this script the list of departments does the same.

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function centre(link) {
  const { x, y, width, height } = link.querySelector("path").getBBox();
  return [x + width / 2, y + height / 2];
}

function nearest(links, from, [dx, dy]) {
  const [x, y] = centre(from);
  let best = null;
  let least = Infinity;
  for (const link of links) {
    const [toX, toY] = centre(link);
    const ahead = (toX - x) * dx + (toY - y) * dy;
    const aside = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
    if (ahead > aside && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = link;
    }
  }
  return best;
}

function enhance(map) {
  const links = [...map.querySelectorAll("a")];
  if (links.length === 0) return;
  const readout = document.createElement("p");
  readout.className = "map-readout";
  readout.setAttribute("aria-hidden", "true"); // the link's own name is read out
  map.append(readout);

  for (const link of links) {
    const title = link.querySelector("title");
    link.setAttribute("aria-label", title.textContent);
    title.remove(); // the readout takes the tooltip's place
  }

  let stop = map.querySelector("a.is-found") ?? links[0];
  stop.setAttribute("tabindex", "0");

  const tell = (event) => {
    const link = event.target.closest("a");
    if (link) readout.textContent = link.getAttribute("aria-label");
  };
  const fallSilent = () => {
    const focused = map.querySelector("a:focus-visible");
    readout.textContent = focused ? focused.getAttribute("aria-label") : "";
  };

  map.addEventListener("pointerover", tell);
  map.addEventListener("pointerout", fallSilent);
  map.addEventListener("focusin", (event) => {
    stop.setAttribute("tabindex", "-1");
    stop = event.target.closest("a");
    stop.setAttribute("tabindex", "0");
    tell(event);
  });
  map.addEventListener("focusout", () => setTimeout(fallSilent));
  map.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // the page stays where it is
    nearest(links, stop, direction)?.focus();
  });
}

const start = () => document.querySelectorAll(".map").forEach(enhance);
start();
document.addEventListener("content-replaced", start);
