// Shows beside each field of a translation, while someone types, what is or may be wrong with it.
// Saving checks the same without it.

const WAIT_MS = 700;

for (const form of document.querySelectorAll("form[data-translate]")) {
  let timer = 0;
  let request = new AbortController();

  const check = async () => {
    request.abort();
    request = new AbortController();
    const options = { method: "POST", body: new FormData(form), signal: request.signal };
    try {
      const { findings } = await (await fetch(form.dataset.translate, options)).json();
      for (const list of form.querySelectorAll("[data-findings]")) {
        const items = (findings[list.dataset.findings] ?? []).map(([sentence, isError]) => {
          const item = document.createElement("li");
          item.textContent = isError ? `${list.dataset.refused} ${sentence}` : sentence;
          item.className = isError ? "error" : "";
          return item;
        });
        list.replaceChildren(...items);
      }
    } catch {
      // No network, or signed out: it is checked again when it is saved.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, WAIT_MS);
  });
}
