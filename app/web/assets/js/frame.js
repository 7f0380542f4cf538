// Menus of the header close by Escape and by a press elsewhere; the error summary takes the focus when a page opens with one.

export function watchMenus(root) {
  const menus = [...root.querySelectorAll("details.op-menu")];
  root.addEventListener("click", (event) => {
    for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus.filter((one) => one.open)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// After a button of a table the page begins at the row that it was about: the next word is typed there. The browser itself
// takes the focus away when it goes to the row, so its turn is waited for.
export function focusRow(document) {
  const row = document.querySelector("form[data-fresh]") && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const field = row?.tagName === "TR" && row.querySelector("input:not([type=hidden]):not([type=file]), textarea, select");
  if (field) addEventListener("load", () => requestAnimationFrame(() => field.focus({ preventScroll: true })));
}

export function focusSummary(root) {
  const summary = root.querySelector(".govuk-error-summary");
  if (!summary) return;
  summary.tabIndex = -1;
  summary.focus();
}
