// Ticks all rows of the page, and says how many are ticked. The boxes stand in the rows of the list.

export default function (form) {
  const mark = form.getAttribute("id"); // `form.id` is the boxes: that is their name
  const boxes = () => [...document.querySelectorAll(`input[name='id'][form='${mark}']`)];
  const all = form.querySelector("[data-tick-all]");
  const count = form.querySelector("[data-ticked]");
  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    count.textContent = ticked ? `✓ ${ticked}` : "";
    all.indeterminate = ticked > 0 && ticked < boxes().length;
    all.checked = ticked > 0 && ticked === boxes().length;
  };
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) {
      box.checked = all.checked;
    }
    show();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "id") show();
  });
  window.addEventListener("pageshow", show);
  show();
}
