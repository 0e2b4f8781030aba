// Names the search fields that Django's select2 makes without a name: each has the name of its field.
const unnamed = ".select2-search__field:not([aria-label])";

function name() {
  for (const field of document.querySelectorAll(unnamed)) {
    const select = field.closest(".select2")?.previousElementSibling;
    const label = select && document.querySelector(`label[for="${select.id}"]`);
    if (label) field.setAttribute("aria-label", label.textContent.replace(/:\s*$/, ""));
  }
}

new MutationObserver(name).observe(document, { childList: true, subtree: true });
