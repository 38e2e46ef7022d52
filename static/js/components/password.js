// A button beside a password that shows what was typed.

export default function (element) {
  const input = element.querySelector("input");
  const button = document.createElement("button");
  const label = document.createElement("span");
  button.type = "button";
  button.className = "kern-btn kern-btn--secondary";
  button.setAttribute("aria-controls", input.id);
  label.className = "kern-label";
  button.append(label);

  const show = (visible) => {
    input.type = visible ? "text" : "password";
    label.textContent = visible ? element.dataset.hide : element.dataset.show;
  };

  button.addEventListener("click", () => show(input.type === "password"));
  // Sent as a password, so that no browser remembers it as ordinary text.
  input.form?.addEventListener("submit", () => show(false));
  show(false);
  element.append(button);
}
