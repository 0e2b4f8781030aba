// Light, dark, or as the system has it: what a reader chose in the footer, and nothing else, is kept
// in localStorage. Not a module, and before the style sheet: a page that was first drawn in the other
// theme would flash.
(() => {
  const KEY = "reading-theme"; // not "theme": that is the admin's
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the choice holds for this page
    }
  };

  const keep = (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // As above.
    }
  };

  const wear = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };

  wear(stored());

  document.addEventListener("DOMContentLoaded", () => {
    const switches = document.querySelector(".theme");
    if (!switches) return;
    const buttons = [...switches.querySelectorAll("button")];
    const show = () => {
      const worn = root.dataset.theme ?? "system";
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === worn));
    };
    switches.addEventListener("click", ({ target }) => {
      const button = target.closest("button"); // translators of pages put elements of theirs into it
      if (!button) return;
      wear(button.value);
      keep(button.value);
      show();
    });
    // Another tab, or this page as the browser kept it when one goes back.
    const follow = () => {
      wear(stored());
      show();
    };
    addEventListener("storage", follow);
    addEventListener("pageshow", (event) => event.persisted && follow());
    show();
    switches.hidden = false;
  });
})();
