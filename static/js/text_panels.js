// Where there are more than two languages: a list from which to choose the one that stands beside
// the reference text. The choice is remembered in this browser.

const REMEMBERED = "text-beside";

// A browser may refuse storage: then nothing is remembered.
function storage(action) {
  try {
    return action(localStorage);
  } catch {
    return null;
  }
}

function enhance(group) {
  const panels = group.querySelector(".text-panels");
  const others = [...panels.querySelectorAll(".text-panel[data-language]:not(.reference)")].filter(
    (panel) => panel.dataset.language,
  );
  if (others.length < 2) return;
  const select = document.createElement("select");
  const label = document.createElement("label");
  select.id = `${group.id}-beside`;
  label.htmlFor = select.id;
  label.textContent = group.dataset.besideLabel;
  for (const panel of others) select.add(new Option(panel.querySelector("h3").textContent, panel.dataset.language));

  const order = [...panels.children];
  const place = (language) => {
    const before = panels.querySelector(".beside");
    const chosen = others.find((panel) => panel.dataset.language === language);
    if (!chosen || chosen === before) return;
    before?.classList.replace("beside", "folded");
    if (before) before.open = false;
    chosen.classList.replace("folded", "beside");
    chosen.open = true;
    panels.append(...order.filter((panel) => panel !== chosen));
    panels.querySelector(".reference").after(chosen);
  };

  const remembered = storage((items) => items.getItem(REMEMBERED));
  const isChosen = new URLSearchParams(location.search).has("beside") || panels.querySelector(".errors");
  if (remembered && !isChosen) place(remembered);
  select.value = panels.querySelector(".beside").dataset.language;
  select.addEventListener("change", () => {
    place(select.value);
    storage((items) => items.setItem(REMEMBERED, select.value));
  });
  const row = document.createElement("p");
  row.className = "beside-choice";
  row.append(label, " ", select);
  panels.before(row);
}

document.querySelectorAll(".texts").forEach(enhance);
