// A button beside an amount that writes 0 into it. Without this file one types the 0.

export default function (element) {
  const input = element.querySelector("input");
  const button = document.createElement("button");
  const label = document.createElement("span");
  button.type = "button";
  button.className = "kern-btn kern-btn--secondary";
  label.className = "kern-label";
  label.textContent = element.dataset.zero;
  button.append(label);
  button.setAttribute("aria-describedby", input.id);
  button.addEventListener("click", () => {
    input.value = "0";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  element.append(button);
}
