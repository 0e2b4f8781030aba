// What is typed into an editor's form is not lost: leaving it unsaved is asked about, and a draft of
// it stays in this browser (localStorage) until it is saved, thrown away, or the editor signs out.
// Only forms with [data-draft] have drafts; a draft belongs to one address and one user.

const MAX_AGE_MS = 14 * 24 * 60 * 60 * 1000;
const SAVE_DELAY_MS = 400;
const SENT = "draft-sent"; // in sessionStorage: the key of the draft whose form was just sent
const user = document.querySelector("script[data-draft-user]")?.dataset.draftUser ?? "";
const prefix = `draft:${user}:`;
// Which language stands beside the reference text: its fields have the same names in each.
const beside = new URLSearchParams(location.search).get("beside");
const key = prefix + location.pathname + (beside ? `?beside=${beside}` : "");

// A browser may refuse storage, or have no space left: then the form works as without a script.
function store(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}

const read = (name) => store(() => JSON.parse(localStorage.getItem(name)));
const keys = () => store(() => Object.keys(localStorage).filter((name) => name.startsWith(prefix))) ?? [];
const remove = (name) => store(() => localStorage.removeItem(name));

function time(milliseconds) {
  const format = { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Paris" };
  const { lang } = document.documentElement;
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, format).format(milliseconds);
}

function forget() {
  const sent = store(() => sessionStorage.getItem(SENT));
  store(() => sessionStorage.removeItem(SENT));
  if (sent && document.querySelector(".messagelist .saved")) remove(sent);
  for (const name of keys()) if (!(Date.now() - read(name)?.at < MAX_AGE_MS)) remove(name);
}

let signingOut = false;
document.addEventListener("submit", ({ target }) => {
  signingOut = (target.getAttribute("action") ?? "").endsWith("/logout/"); // `action` may be a field
});
addEventListener("pagehide", () => {
  if (signingOut) keys().forEach(remove);
});

const isTyped = ({ name, type, disabled }) =>
  name &&
  !disabled &&
  !name.startsWith("preview_") &&
  !["hidden", "password", "file", "submit", "button"].includes(type);
const isTick = ({ type }) => type === "checkbox" || type === "radio";

// The values of each name: of the page as the server sent it, or as it is now.
function valuesOf(form, isOriginal) {
  const values = {};
  for (const field of [...form.elements].filter(isTyped)) {
    values[field.name] ??= [];
    if (isTick(field)) {
      if (isOriginal ? field.defaultChecked : field.checked) values[field.name].push(field.value);
    } else if (field.options) {
      const selected = [...field.options].filter((o) => (isOriginal ? o.defaultSelected : o.selected));
      if (!selected.length && !field.multiple && field.options.length) selected.push(field.options[0]);
      values[field.name].push(...selected.map((option) => option.value));
    } else {
      values[field.name].push(isOriginal ? field.defaultValue : field.value);
    }
  }
  return values;
}

// The names of chosen sources: their options are not on the page before someone searches.
function labelsOf(form) {
  const chosen = [...form.querySelectorAll("select[multiple] option:checked")];
  return Object.fromEntries(chosen.map((option) => [option.value, option.textContent.trim()]));
}

const isEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const layoutOf = (form) => [...form.querySelectorAll("[name$=_FORMS]")].map((field) => field.value).join();

function restore(form, { values, labels, version }) {
  const taken = {};
  for (const field of [...form.elements].filter(isTyped)) {
    const saved = values[field.name];
    if (!saved) continue;
    if (isTick(field)) {
      field.checked = saved.includes(field.value);
    } else if (field.options) {
      for (const value of field.multiple ? saved : []) {
        const isThere = [...field.options].some((option) => option.value === value);
        if (!isThere) field.add(new Option(labels[value] ?? value, value));
      }
      for (const option of field.options) option.selected = saved.includes(option.value);
    } else {
      taken[field.name] = (taken[field.name] ?? -1) + 1;
      field.value = saved[taken[field.name]] ?? field.value;
      if (field.value !== field.defaultValue) {
        for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      }
    }
    if (field.options) window.django?.jQuery(field).trigger("change"); // select2 listens to no other event
  }
  // Whoever changed the row since is named when it is saved, as for any form that was open too long.
  const base = form.querySelector("[name=base_version]");
  if (base && version) base.value = version;
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function labelOf(form, name) {
  const field = form.elements[name];
  const label = field?.labels?.[0]?.textContent.trim() ?? name;
  return label.endsWith(":") ? label : `${label}:`;
}

function enhance(part, form) {
  const offer = part.querySelector("[data-draft-offer]");
  const status = form.querySelector("[data-draft-status]");
  const original = part.hasAttribute("data-draft-unsaved") ? null : valuesOf(form, true);
  const version = form.querySelector("[name=base_version]")?.value ?? "";
  let offered = null;
  let leaving = false;
  let timer = 0;

  const isDirty = () => !isEqual(valuesOf(form), original);

  const keep = () => {
    clearTimeout(timer);
    const values = valuesOf(form);
    status.hidden = isEqual(values, original);
    if (status.hidden) {
      if (!offered) remove(key);
      return;
    }
    const [at, base] = [Date.now(), form.querySelector("[name=base_version]")?.value ?? ""];
    const draft = { at, values, labels: labelsOf(form), version: base, layout: layoutOf(form), before: offered };
    const isStored = store(() => (localStorage.setItem(key, JSON.stringify(draft)), true));
    status.textContent = isStored ? status.dataset.kept.replace("{time}", time(at)) : status.dataset.notKept;
  };

  const show = (draft) => {
    offered = draft ?? null;
    offer.hidden = !draft;
    if (!draft) return;
    const isStale = draft.version !== version;
    const fits = draft.layout === layoutOf(form);
    const copy = offer.querySelector("[data-draft-copy]");
    offer.querySelector("[data-draft-when]").textContent = offer.dataset.when.replace("{time}", time(draft.at));
    offer.querySelector("[data-draft-stale]").hidden = !isStale || !fits;
    offer.querySelector("[data-draft-other]").hidden = fits;
    offer.querySelector("[data-draft-restore]").hidden = !fits;
    copy.hidden = fits;
    copy.value = Object.entries(draft.values)
      .filter(([name, values]) => values.some(Boolean) && !isEqual(values, original?.[name]))
      .map(([name, values]) => `${labelOf(form, name)} ${values.join(", ")}`)
      .join("\n\n");
  };

  offer.querySelector("[data-draft-restore]").addEventListener("click", () => {
    const draft = offered;
    show(draft.before);
    restore(form, draft);
    keep();
    form.querySelector("[data-draft-done]").hidden = false;
    form.querySelector("[data-draft-done]").focus();
  });
  offer.querySelector("[data-draft-discard]").addEventListener("click", () => {
    show(offered.before);
    if (!offered) remove(key);
    keep();
  });

  form.addEventListener("input", () => {
    leaving = signingOut = false;
    clearTimeout(timer);
    timer = setTimeout(keep, SAVE_DELAY_MS);
  });
  form.addEventListener("change", () => setTimeout(keep));
  window.django?.jQuery(form).on("change", "select", () => setTimeout(keep));
  form.addEventListener("submit", ({ submitter }) => {
    if (submitter?.formTarget === "_blank") return; // the preview leaves this page as it is
    if (isDirty()) {
      keep();
      store(() => sessionStorage.setItem(SENT, key));
    }
    leaving = true;
  });
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("pagehide", () => {
    if (!signingOut && isDirty()) keep();
  });
  addEventListener("beforeunload", (event) => {
    // Where nobody has touched the page yet, a browser asks nothing and complains of the question.
    const isTouched = navigator.userActivation?.hasBeenActive ?? true;
    if (isTouched && !leaving && isDirty()) event.preventDefault();
  });

  const stored = read(key);
  if (stored && original && !isEqual({ ...original, ...stored.values }, original)) {
    show(stored);
    addEventListener("load", () => setTimeout(() => offer.focus())); // wherever the browser had scrolled to
  } else if (original) {
    remove(key);
  }
  keep();
}

forget();
const part = document.querySelector("[data-draft]");
if (part) enhance(part, part.closest("form"));
