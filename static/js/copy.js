// Shows the buttons that print the page, or copy the text of the element that `data-copy` names.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The clipboard is there over https and on localhost only; else the text is selected, to be copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.innerText);
      status.textContent = button.dataset.copied;
    } catch {
      window.getSelection().selectAllChildren(source);
    }
  });
}
