// «Отмечено: 2 из 14» follows the boxes. Without script the count is what the server drew.

export function watchBulk(form) {
  const count = form.querySelector("[data-bulk-count]");
  const boxes = () => [...form.querySelectorAll("input[type=checkbox][data-bulk-item]")];
  const show = () => {
    const all = boxes();
    count.textContent = `Отмечено: ${all.filter((box) => box.checked).length} из ${all.length}`;
  };
  form.addEventListener("change", show);
  form.querySelector("[data-bulk-clear]")?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const box of boxes()) box.checked = false;
    show();
  });
  show();
}
