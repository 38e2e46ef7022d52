// Ticks all rows of the page, and says how many are ticked. The boxes stand in the rows of the list, the
// one for all above it. That the bar is there only while something is ticked is done by CSS.

export default function (form) {
  const mark = form.getAttribute("id"); // `form.id` is the boxes: that is their name
  const boxes = () => [...document.querySelectorAll(`input[name='id'][form='${mark}']`)];
  const all = document.querySelector("[data-tick-all]");
  const count = form.querySelector("[data-ticked]");
  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    count.textContent = `✓ ${ticked}`;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
    all.checked = ticked > 0 && ticked === boxes().length;
  };
  all.closest("label").dataset.ready = "";
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
