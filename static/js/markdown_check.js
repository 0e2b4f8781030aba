// Shows under a Markdown field, while someone types, what the server would refuse when it is saved.

const WAIT_MS = 800;
const dialog = document.querySelector("[data-link-picker]");

for (const textarea of document.querySelectorAll("textarea[data-markdown]:enabled")) {
  const shown = document.createElement("div");
  shown.className = "markdown-problems";
  shown.setAttribute("aria-live", "polite");
  textarea.closest(".form-row").append(shown);
  let timer = 0;
  let request = new AbortController();

  const check = async () => {
    request.abort();
    request = new AbortController();
    const body = new FormData();
    body.set("text", textarea.value);
    body.set("csrfmiddlewaretoken", textarea.form.elements.csrfmiddlewaretoken.value);
    try {
      const options = { method: "POST", body, signal: request.signal };
      const { mistakes } = await (await fetch(dialog.dataset.checkUrl, options)).json();
      const [title, list] = [document.createElement("strong"), document.createElement("ul")];
      title.textContent = dialog.dataset.problems;
      for (const mistake of mistakes) list.appendChild(document.createElement("li")).textContent = mistake;
      shown.replaceChildren(...(mistakes.length ? [title, list] : []));
    } catch {
      // No network, or signed out: it is checked again when it is saved.
    }
  };

  textarea.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, WAIT_MS);
  });
}
