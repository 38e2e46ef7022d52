// Shows the button that prints the page, where the browser can print.

export default function (element) {
  if (typeof window.print !== "function") {
    return;
  }
  element.hidden = false;
  element.addEventListener("click", () => window.print());
}
