// Opens the folds that hold what a link leads to, where the browser does not do so itself, and all of
// them for print where the style sheet cannot.

function reveal() {
  const target = document.querySelector(":target");
  const closed = [];
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    if (!fold.open) closed.push(fold);
  }
  for (const fold of closed) fold.open = true;
  if (closed.length > 0) target.scrollIntoView();
}

addEventListener("hashchange", reveal);
reveal();

if (!CSS.supports("selector(::details-content)")) {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
}
