// Ticks all documents of the list whose suggestion is sure, and says on the button how many are ticked.

export default function (list) {
  const form = list.closest("form");
  const boxes = [...list.querySelectorAll("[name='id']")];
  const all = form.querySelector("[data-tick-sure]");
  const send = form.querySelector("[data-count] .kern-label");
  const words = send.textContent;
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    send.textContent = count ? `${words} (${count})` : words;
  };
  all.hidden = false;
  all.addEventListener("click", () => {
    for (const box of boxes) {
      box.checked = "sure" in box.dataset;
    }
    show();
  });
  list.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}
