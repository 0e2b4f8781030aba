// Suggestions while typing, for a form that works without them.
// The pattern is the ARIA combobox with a listbox: focus stays in the field, arrows move the active
// option, Enter takes it, Escape closes. The server's answer brings its own words for screen readers.

const WAIT = 150; // milliseconds without a key before asking

function enhance(form) {
  const input = form.querySelector("input[type=search]");
  const url = form.dataset.suggestions;
  const list = document.createElement("ul");
  const status = document.createElement("p");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  list.setAttribute("translate", "no"); // names of places
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("aria-live", "polite"); // no role "status": an empty one is read as “status bar”
  input.parentElement.append(list);
  form.append(status);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  const close = () => {
    clearTimeout(timer);
    asking.abort();
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const activate = (index) => {
    const options = list.children;
    options[active]?.setAttribute("aria-selected", "false");
    active = (index + options.length) % options.length;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };

  const take = (option) => {
    input.value = option.dataset.value;
    close();
    form.requestSubmit();
  };

  const show = ({ suggestions, words }) => {
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(
      ...suggestions.map(({ value, where }, index) => {
        const option = document.createElement("li");
        const detail = document.createElement("span");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.value = value;
        detail.textContent = where;
        option.append(value, " ", detail);
        return option;
      }),
    );
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = words;
  };

  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${url}?q=${encodeURIComponent(input.value)}`, { signal: asking.signal });
      if (answer.ok && document.activeElement === input) show(await answer.json());
    } catch {
      // No network, or a newer question: the form itself still works.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    // Nor is anything sent of what may be a phone or social security number or an e-mail address.
    if (input.value.trim() === "" || /@|\d(\D?\d){8}/.test(input.value)) {
      close();
      status.textContent = "";
    } else {
      timer = setTimeout(ask, WAIT);
    }
  });

  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") activate(active + 1);
    else if (event.key === "ArrowUp") activate(active === -1 ? list.children.length - 1 : active - 1);
    else if (event.key === "Enter" && active !== -1) take(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });

  list.addEventListener("mousedown", (event) => event.preventDefault()); // keep focus in the field
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}

const start = () => document.querySelectorAll("form[data-suggestions]").forEach(enhance);
start();
document.addEventListener("content-replaced", start);
