// Questions that count only after a certain answer are put away until it is given. Without script all stand, and the server
// asks only what counts.

function answer(form, name) {
  const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].filter((one) => one.type !== "hidden");
  if (fields[0]?.type === "checkbox" && fields.length === 1) return [fields[0].checked ? "yes" : "no"];
  return fields.filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked).map((one) => one.value);
}

export function watchConditions(form) {
  const groups = [...form.querySelectorAll("[data-only-field]")];
  const { stopField, stopValue } = form.dataset;
  if (!groups.length && !stopField) return;
  const show = () => {
    const stopped = Boolean(stopField) && answer(form, stopField).includes(stopValue);
    for (const group of form.querySelectorAll("[data-field]")) {
      if (group.closest("table")) continue;
      const { field, onlyField, onlyValues } = group.dataset;
      const counts = !onlyField || answer(form, onlyField).some((one) => onlyValues.split(" ").includes(one));
      group.hidden = !counts || (stopped && field !== stopField && onlyField !== stopField);
    }
  };
  form.addEventListener("change", show);
  show();
}
